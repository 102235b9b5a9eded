"""An entry goes in; every other byte stays, and dbt's reader agrees."""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECTS
from translator.artifact.yaml_file import (
    UneditableYaml,
    dash_offset,
    entries,
    new_file,
    with_entry,
)

ENTRY = {"name": "new", "description": "It's: a test, no more", "columns": [{"name": "on"}]}


def added(before: str, after: str) -> list[str]:
    """Lines that came in; fails when any line went."""
    import difflib

    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    return [line[2:] for line in lines if line.startswith("+ ")]


FORMS = [
    "models:\n  - name: a\n  - name: b\n",
    "models:\n- name: a   # first\n- name: b",
    "models:\n\n    - name: a\n\n    - name: b\n\nmetrics:\n    - name: m\n",
    "# head\nversion: 2\nmodels:\n  - name: a\n    description: >\n      long\n      x\n\n# tail\n",
    "models:\n  - name: a\n    description: |\n      text\n      # no comment\n",
    "models:\n  - name: a\n\n# about the metrics\nmetrics:\n  - {name: m}\n",
    "metrics:\n  - {name: m}\n",
    "metrics: []\n",
    "---\nmodels:\n  - &a\n    name: a\n  - <<: *a\n    name: b\n...\n",
    "models:\r\n  - name: a\r\n",
    "\ufeffmodels:\n  - name: a\n",
    "models:\n  # only comments\n  - name: 'a'\n    tags: [x,   y]\n  # end\nexposures: []\n",
]


@pytest.mark.parametrize("text", FORMS)
def test_the_entry_is_added_and_nothing_else_changes(text: str) -> None:
    result = with_entry(text, ("models",), ENTRY, "name")

    assert added(text, result)
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(result)
    assert after["models"] == [*before.get("models", []), ENTRY]
    assert {k: v for k, v in after.items() if k != "models"} == {
        k: v for k, v in before.items() if k != "models"
    }
    assert ("\r\n" in text) == ("\r\n" in result)
    assert not any(line != line.rstrip() for line in added(text, result))


def test_dashes_stand_where_the_file_has_them() -> None:
    assert "\n- name: new\n" in with_entry(FORMS[1], ("models",), ENTRY, "name")
    assert "\n    - name: new\n" in with_entry(FORMS[2], ("models",), ENTRY, "name")
    assert dash_offset(FORMS[2]) == 4


def test_an_entry_of_the_same_name_is_replaced_in_its_place() -> None:
    text = "models:\n  - name: a\n    description: old\n\n  # about b\n  - name: b\n"
    result = with_entry(text, ("models",), {"name": "a", "description": "new"}, "name")

    assert result == text.replace("old", "new")


def test_a_list_within_an_entry_is_extended() -> None:
    text = (
        "semantic_models:\n  - name: orders\n    measures:\n      - name: one\n        agg: sum\n"
        "\n  - name: stores\n    entities:\n      - name: store\n        type: primary\n"
    )
    measure = {"name": "two", "agg": "count", "expr": "id"}
    first = with_entry(text, ("semantic_models", 0, "measures"), measure, "name")
    assert yaml.safe_load(first)["semantic_models"][0]["measures"][1] == measure
    second = with_entry(text, ("semantic_models", 1, "measures"), measure, "name")
    assert yaml.safe_load(second)["semantic_models"][1]["measures"] == [measure]
    assert second.startswith(text)
    assert added(text, first)


@pytest.mark.parametrize(
    "text",
    [
        "models: [{name: a}]\n",
        "{models: [{name: a}]}\n",
        "models: no list\n",
        "models:\n  - name: a\n    bad: [\n",
        "models:\n\t- name: a\n",
        "a: 1\na: 2\n",
        "- just\n- a list\n",
    ],
)
def test_what_cannot_be_extended_is_refused(text: str) -> None:
    with pytest.raises(UneditableYaml):
        with_entry(text, ("models",), ENTRY, "name")


def test_real_files_of_a_project_can_be_extended() -> None:
    for path in sorted((PROJECTS / "shop" / "models").rglob("*.yml")):
        text = path.read_text("utf-8")
        section = next(k for k, v in yaml.safe_load(text).items() if isinstance(v, list))
        assert added(text, with_entry(text, (section,), ENTRY, "name"))


def test_texts_mean_for_dbt_what_was_meant() -> None:
    entry = {
        "name": "x",
        "a": "no",
        "b": "2024-01-01",
        "c": "1e3",
        "d": "null",
        "e": date(2024, 1, 2),
    }
    assert entries(new_file("models", entry, 2, None), "models") == (entry,)


words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=60)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), words, max_size=4))
def test_any_text_comes_back_as_it_was(texts: dict[str, str]) -> None:
    entry = {**texts, "name": "new"}
    result = with_entry("models:\n  - name: a\n", ("models",), entry, "name")
    assert yaml.safe_load(result)["models"][1] == {k: v.rstrip() for k, v in entry.items()}
