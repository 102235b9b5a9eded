"""Compares an answer with hand-written gold SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from semantic.catalog import Model
from semantic.errors import ConfigurationError

Row = Sequence[Any]
# Columns of equal values can be matched in ever more ways.
_MOST_MATCHINGS = 2_000


def render_refs(sql: str, models: Mapping[str, Model]) -> str:
    """Gold SQL with every `{{ ref('model') }}` replaced by the model's relation.

    Raises:
        ConfigurationError: for a model that the project does not have, or broken Jinja.
    """
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    by_name = {model.name: model for model in models.values()}

    def ref(*names: str) -> str:
        model = by_name.get(names[-1])
        if model is None:
            raise ConfigurationError(f"Gold SQL names the model '{names[-1]}', which is not there.")
        return ".".join(f'"{part}"' for part in (model.relation.schema, model.relation.identifier))

    try:
        template = SandboxedEnvironment(undefined=StrictUndefined).from_string(sql)
        return template.render(ref=ref)
    except TemplateError as error:
        raise ConfigurationError(f"Gold SQL cannot be rendered: {error}.") from None


def same_rows(gold: Iterable[Row], answer: Iterable[Row], ordered: bool = False) -> bool:
    """Whether every gold column is an answer column such that the rows agree.

    Rows agree as multisets, or one by one where `ordered`. Numbers agree to 6 significant digits.
    The answer may have more columns.

    >>> same_rows([("a", 1.0000001)], [(1, "a", "more")])
    True
    >>> same_rows([(1,), (2,)], [(2,), (1,)], ordered=True)
    False
    """
    wanted = [tuple(_normal(value) for value in row) for row in gold]
    found = [tuple(_normal(value) for value in row) for row in answer]
    if len(wanted) != len(found):
        return False
    if not wanted:
        return True
    target = Counter(wanted)
    for chosen in islice(_matchings(wanted, found), _MOST_MATCHINGS):
        rows = [tuple(row[i] for i in chosen) for row in found]
        if rows == wanted if ordered else Counter(rows) == target:
            return True
    return False


def _matchings(wanted: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> Iterator[list[int]]:
    """Every choice of one answer column for each gold column with the same values."""
    columns = [Counter(column) for column in zip(*found, strict=True)]
    fitting = [
        [i for i, column in enumerate(columns) if column == Counter(gold)]
        for gold in zip(*wanted, strict=True)
    ]

    def extend(chosen: list[int]) -> Iterator[list[int]]:
        if len(chosen) == len(fitting):
            yield chosen
            return
        for i in fitting[len(chosen)]:
            if i not in chosen:
                yield from extend([*chosen, i])

    return extend([])


def _normal(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat() if value == datetime(*value.timetuple()[:3]) else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return _number(value)
    text = str(value)
    return text.removesuffix("T00:00:00").removesuffix(" 00:00:00")


def _number(value: int | float | Decimal) -> str:
    try:
        number = Decimal(str(value))
        # First to 12 digits: the last bits of a float must not decide how a 5 is rounded.
        return f"{Decimal(f'{number:.11e}'):.5e}" if number else "0"
    except InvalidOperation:
        return str(value)
