"""The part of the catalog that a prompt shows."""

from __future__ import annotations

from dataclasses import dataclass

from translator.planning.llm.tokens import estimate_tokens


@dataclass(frozen=True)
class MetricGroup:
    """Metrics that reach the same dimensions. `reaches` are prefixes, nearest first."""

    time: str
    reaches: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class DimensionBlock:
    """The dimensions of one semantic model, under the prefixes by which they are reached."""

    title: str
    lines: tuple[str, ...]
    more: tuple[str, ...] = ()
    """Names of further dimensions, without a word on them."""


@dataclass(frozen=True)
class Excerpt:
    """What a prompt shows of a catalog. `metrics` and `dimensions` (by key) say what is in it."""

    whole: bool
    groups: tuple[MetricGroup, ...]
    blocks: tuple[DimensionBlock, ...]
    models: tuple[str, ...]
    saved_queries: tuple[str, ...]
    metrics: frozenset[str]
    dimensions: frozenset[str]
    metrics_in_catalog: int


def estimate_excerpt(excerpt: Excerpt) -> int:
    """Tokens of the excerpt's lines and headings, as the template lays them out."""
    texts: list[str] = []
    for group in excerpt.groups:
        texts += [
            f"metric_time {group.time} group by {'__*, '.join(group.reaches)}\n",
            *group.lines,
        ]
    for block in excerpt.blocks:
        texts += [block.title, *block.lines, ", ".join(block.more)]
    texts += [*excerpt.models, *excerpt.saved_queries]
    return sum(estimate_tokens(text) + 1 for text in texts)
