"""What the output grammar costs a server: `python -m eval.benchmarks.grammar_size VOCABULARY`.

TGI makes one regular expression of the JSON schema and compiles it over the model's vocabulary; the
`outlines-core` package is the part of it that does so. The vocabulary is a tokenizer file in
tiktoken's form (a token in base64 and its number a line), as Llama 3 has it: it comes with the
model, and PyPI's `llama-models` carries a copy. Without a vocabulary only expressions are measured.

Compared with the one schema for every question are schemas that would let less through: the names
of a catalog as alternatives, and bounds on arrays and on a text. Seconds are the processor's, so
that a busy machine counts less.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from translator.planning.llm.grammar import plan_schema

_END_OF_TEXT = 128_001
_METRICS, _DIMENSIONS = 50, 100
"""Names of a catalog of middling size."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each schema; print a table. Returns the exit code."""
    from outlines_core.json_schema import build_regex_from_schema

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vocabulary", type=Path, nargs="?", help="tokenizer file of the model")
    options = parser.parse_args(arguments)
    vocabulary = _vocabulary(options.vocabulary) if options.vocabulary else None
    print("schema | characters of the expression | states | transitions | processor seconds")
    for name, schema in _schemas().items():
        expression = build_regex_from_schema(json.dumps(schema))
        figures = [f"{len(expression):,}", *_compiled(expression, vocabulary)]
        print(" | ".join((name, *figures)), flush=True)
    return 0


def _schemas() -> Mapping[str, Mapping[str, Any]]:
    """The schema in use, and others by what is different in them."""
    metrics = {"type": "string", "enum": [f"metric_{n}_of_sales" for n in range(_METRICS)]}
    items = {"type": "string", "enum": [f"customer__dimension_{n}" for n in range(_DIMENSIONS)]}
    return {
        "in use": plan_schema(),
        "without options": _without(plan_schema(), "options"),
        "names listed": _listed(plan_schema(), metrics, items),
        "names listed, without options": _listed(
            _without(plan_schema(), "options"), metrics, items
        ),
        "reading of at most 200 characters": _short_reading(plan_schema(), 200),
        "arrays of at most 6": _bounded(plan_schema(), 6),
    }


def _without(schema: dict[str, Any], key: str) -> dict[str, Any]:
    del schema["properties"][key]
    return schema


def _listed(schema: Any, metrics: Mapping[str, Any], items: Mapping[str, Any]) -> Any:
    """The schema with the names of a catalog in the place of patterns."""
    listed = {"metrics": metrics, "group_by": items, "order_by": items, "within": items}
    single = {"metric": metrics, "item": items, "per": items}
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in listed and isinstance(value, dict):
            found[key] = {"type": "array", "items": dict(listed[key])}
        elif key in single and isinstance(value, dict):
            found[key] = dict(single[key])
        else:
            found[key] = _listed(value, metrics, items)
    return found


def _short_reading(schema: dict[str, Any], most: int) -> dict[str, Any]:
    schema["properties"]["reading"] = {"type": "string", "maxLength": most}
    return schema


def _bounded(schema: Any, most: int) -> Any:
    if not isinstance(schema, dict):
        return schema
    found = {key: _bounded(value, most) for key, value in schema.items()}
    if found.get("type") == "array":
        found["maxItems"] = most
    return found


def _vocabulary(path: Path) -> Any:
    from outlines_core import Vocabulary

    tokens: dict[bytes, list[int]] = {}
    for line in path.read_bytes().splitlines():
        token, number = line.split()
        tokens.setdefault(base64.b64decode(token), []).append(int(number))
    return Vocabulary(_END_OF_TEXT, tokens)


def _compiled(expression: str, vocabulary: Any) -> list[str]:
    """States, transitions and processor seconds of compiling; dashes without a vocabulary."""
    if vocabulary is None:
        return ["-", "-", "-"]
    from outlines_core import Index

    started = time.process_time()
    index = Index(expression, vocabulary)
    seconds = time.process_time() - started
    transitions = index.get_transitions()
    return [
        f"{len(transitions):,}",
        f"{sum(len(t) for t in transitions.values()):,}",
        f"{seconds:.1f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
