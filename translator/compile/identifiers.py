"""Names in SQL, quoted only where they must be."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@lru_cache(maxsize=16)
def _keywords(dialect: str) -> frozenset[str]:
    keywords = Dialect.get_or_raise(dialect).tokenizer_class.KEYWORDS
    return frozenset(word for keyword in keywords for word in keyword.split())  # ORDER BY is one


def identifier(name: str, dialect: str) -> exp.Identifier:
    """A name as an identifier: quoted if it is a keyword or has other than small letters.

    MetricFlow writes its names without quotes, so quoting every name would change which column is
    meant in dialects that fold names to capitals.
    """
    quoted = not _PLAIN.match(name) or name.upper() in _keywords(dialect)
    return exp.to_identifier(name, quoted=quoted)


def column(name: str, table: str | None, dialect: str) -> exp.Column:
    """A column of a table or CTE."""
    return exp.Column(
        this=identifier(name, dialect), table=identifier(table, dialect) if table else None
    )


def aliased(expression: exp.Expr, name: str, dialect: str) -> exp.Expr:
    """`expression AS name`; a column of that name as it is."""
    if isinstance(expression, exp.Column) and expression.name == name:
        return expression
    return exp.Alias(this=expression, alias=identifier(name, dialect))


def quote_keywords(tree: exp.Expr, dialect: str) -> None:
    """Quote names that are keywords: MetricFlow leaves an entity called `order` as it is.

    Only where names without quotes are small letters anyway, so that no other column is meant.
    """
    if dialect not in {"postgres", "duckdb", "redshift"}:
        return
    for found in tree.find_all(exp.Identifier):
        if _PLAIN.match(found.name) and found.name.upper() in _keywords(dialect):
            found.set("quoted", True)
