"""What a model wrote, to a typed plan, or to issues that say what is wrong with it.

Nothing of the text is trusted: it may be cut, no JSON, of another shape, or name what is not there.
What has only one meaning is mended in silence (a path with an entity left out, a code's meaning
instead of the code, a metric to order by that is not shown); all else becomes an issue with
suggestions, which the person reads or the model gets back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.value_index import DimensionValues
from translator.explain import explain
from translator.plan import Clarification, ModelQuery, Option, Plan, Refusal
from translator.planning.llm.account import UNUSED
from translator.planning.llm.decode_query import decode_query
from translator.planning.llm.fence import as_data
from translator.planning.llm.grammar import KINDS, OPTION_SLOTS, QUERY_SLOTS
from translator.query import QueryIssue, SemanticQuery
from translator.validate import validate

_MOST_OPTIONS = 4
_MOST_TEXT = 400
SOFT = frozenset({"unknown_value"}) | UNUSED
"""Kinds of issues with which a plan can still be answered, if the model insists."""


@dataclass(frozen=True)
class Decoded:
    """A plan, issues, or both: soft issues leave it usable. `reading` is the model's sentence."""

    plan: Plan | None
    issues: tuple[QueryIssue, ...] = ()
    reading: str = ""

    @property
    def usable(self) -> bool:
        """Whether the plan can be answered."""
        return self.plan is not None and all(i.kind in SOFT for i in self.issues)


@dataclass(frozen=True)
class Decoder:
    """Decodes what models write about one catalog. Stateless."""

    catalog: SemanticCatalog
    values: Mapping[str, DimensionValues] = field(default_factory=dict)

    def decode(self, text: str, cut: bool = False) -> Decoded:
        """Read one output. `cut`: the server stopped it at the token limit."""
        document = _document(text)
        if document is None:
            what = (
                "The output was cut at the length limit. Write a shorter document."
                if cut
                else "The output is not one JSON document."
            )
            return Decoded(None, (QueryIssue("cut_output" if cut else "not_json", what),))
        reading = as_data(str(document.get("reading") or ""), _MOST_TEXT)
        kind = document.get("kind")
        if kind not in KINDS:
            kind = _guess_kind(document)
        if kind is None:
            issue = QueryIssue("wrong_shape", f"'kind' must be one of {', '.join(KINDS)}.", KINDS)
            return Decoded(None, (issue,), reading)
        plan, issues = {
            "metrics": self._metrics,
            "sql": self._sql,
            "ask": self._ask,
            "refuse": self._refuse,
        }[kind](document, reading)
        return Decoded(plan, tuple(issues), reading)

    def _metrics(
        self, document: Mapping[str, Any], reading: str
    ) -> tuple[Plan | None, list[QueryIssue]]:
        slots = {name: document.get(name) for name in QUERY_SLOTS}
        query, issues = decode_query(slots, self.catalog, self.values)
        if query is not None and not [i for i in issues if i.kind not in SOFT]:
            issues += validate(query, self.catalog)
        return query, issues

    def _sql(
        self, document: Mapping[str, Any], reading: str
    ) -> tuple[Plan | None, list[QueryIssue]]:
        sql = document.get("sql")
        if not isinstance(sql, str) or not sql.strip():
            return None, [QueryIssue("wrong_shape", "Kind sql needs the key 'sql'.")]
        return ModelQuery(sql.strip().rstrip(";").rstrip(), reading), []

    def _ask(
        self, document: Mapping[str, Any], reading: str
    ) -> tuple[Plan | None, list[QueryIssue]]:
        """Readings that can be run; what a person chooses from is worded by the query itself."""
        written = document.get("options")
        options: dict[SemanticQuery, Option] = {}
        issues: list[QueryIssue] = []
        for entry in written if isinstance(written, list) else []:
            if not isinstance(entry, Mapping):
                continue
            slots = {name: entry.get(name) for name in OPTION_SLOTS}
            query, wrong = decode_query(slots, self.catalog, self.values)
            wrong += validate(query, self.catalog) if query is not None and not wrong else []
            if query is not None and not wrong:
                options.setdefault(query, Option(explain(query, self.catalog), query))
            issues += wrong
        if not options:
            return None, issues or [
                QueryIssue("wrong_shape", "Kind ask needs 'options': two or three readings.")
            ]
        message = as_data(str(document.get("message") or ""), _MOST_TEXT)
        return Clarification(
            message or "The question can be read in more than one way. Which do you mean?",
            tuple(options.values())[:_MOST_OPTIONS],
        ), []

    def _refuse(
        self, document: Mapping[str, Any], reading: str
    ) -> tuple[Plan | None, list[QueryIssue]]:
        reason = as_data(str(document.get("message") or reading), _MOST_TEXT)
        return Refusal(reason or "Nothing in this project answers the question."), []


def _document(text: str) -> Mapping[str, Any] | None:
    """The JSON object of an output; a fence or a word around it is forgiven, a cut one is not."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        document = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, Mapping) else None


def _guess_kind(document: Mapping[str, Any]) -> str | None:
    """The kind of a document without one, where its keys leave no doubt."""
    if document.get("sql"):
        return None if document.get("metrics") else "sql"
    return "metrics" if document.get("metrics") or document.get("group_by") else None
