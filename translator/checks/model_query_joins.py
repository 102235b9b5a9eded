"""Joins of SQL over models."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from translator.checks.inquiry import Inquiry


def model_query_inquiries(tree: exp.Query, catalog: SemanticCatalog) -> Iterator[Inquiry]:
    """One for each join."""
    yield from ()
