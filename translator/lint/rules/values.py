"""Whether a value that a question names belongs to one dimension."""

from __future__ import annotations

from collections.abc import Iterator

from translator.lint.finding import Linted, Problem

_SHORTEST = 3
_SHOWN = 4
# Words that stand for no value wherever they are; a question does not name them.
_FILLERS = frozenset({"unknown", "other", "others", "none", "n/a", "na", "null", "yes", "no"})


def value_in_several_dimensions(linted: Linted) -> Iterator[Problem]:
    """Values that dimensions of different meaning share.

    Dimensions of one name or label are one thing in several places (the region of customers and of
    stores): then the question says which.
    """
    catalog = linted.catalog
    holders: dict[str, list[str]] = {}
    for key, dimension in catalog.dimensions.items():
        values = linted.values.get(key) or dimension.accepted_values
        labels = [label for _, label in dimension.value_labels]
        for value in dict.fromkeys(v.strip().lower() for v in (*values, *labels)):
            if len(value) >= _SHORTEST and value not in _FILLERS and not value.isdigit():
                holders.setdefault(value, []).append(key)
    pairs: dict[tuple[str, str], list[str]] = {}
    for value, keys in holders.items():
        for position, left in enumerate(keys):
            for right in keys[position + 1 :]:
                if _differ(linted, left, right):
                    pairs.setdefault((left, right), []).append(value)
    for (left, right), shared in pairs.items():
        more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
        yield Problem(
            "dimension",
            right,
            f"and {left} both hold {', '.join(repr(v) for v in shared[:_SHOWN])}{more}: a question "
            "with such a value means either.",
            "Give both labels or synonyms by which a question can say which one it means.",
        )


def _differ(linted: Linted, left: str, right: str) -> bool:
    one, other = (linted.catalog.dimensions[key] for key in (left, right))
    if one.name == other.name or (one.column and one.column == other.column):
        return False
    labelled = (one.label or one.synonyms) and (other.label or other.synonyms)
    return not labelled or one.label == other.label
