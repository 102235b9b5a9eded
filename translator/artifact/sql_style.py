"""SQL files in a project's own way of writing: case of keywords, width of indentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import TokenType  # type: ignore[attr-defined]

from semantic.catalog import SemanticCatalog
from translator.compile.refs import dbt_form

_NAMES = frozenset({TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER})
_NO_KEYWORDS = frozenset({"NULLS", "FIRST", "LAST"})
"""Words of SQL that sqlglot's tokenizer takes for names."""
_KEYWORD = re.compile(r"\b(select|from|where|join|group by)\b", re.IGNORECASE)
_INDENTED = re.compile(r"^( +)\S", re.MULTILINE)


@dataclass(frozen=True)
class SqlStyle:
    """How SQL is written."""

    lower: bool = True
    indent: int = 4

    def write(self, tree: exp.Expr, catalog: SemanticCatalog) -> str:
        """A tree as the text of a file of a dbt project, with `ref()` and `source()`."""
        text = dbt_form(tree, catalog, catalog.adapter_type, self.indent)
        return (_lowered(text, catalog.adapter_type) if self.lower else text) + "\n"


def style_of(texts: Iterable[str]) -> SqlStyle:
    """The style that most of these SQL files have."""
    words: Counter[bool] = Counter()
    indents: Counter[int] = Counter()
    for text in texts:
        words.update(w.islower() for w in _KEYWORD.findall(text))
        found = [len(spaces) for spaces in _INDENTED.findall(text)]
        if found:
            indents[2 if min(found) == 2 else 4] += 1
    return SqlStyle(
        lower=words[True] >= words[False],
        indent=indents.most_common(1)[0][0] if indents else 4,
    )


def _lowered(text: str, dialect: str) -> str:
    """Keywords, types and functions in small letters; names and texts as they are."""
    tokens = Dialect.get_or_raise(dialect).tokenize(text)
    pieces, at = [], 0
    for position, token in enumerate(tokens):
        start, end = token.start, token.end + 1
        raw = text[start:end]
        following = tokens[position + 1].token_type if position + 1 < len(tokens) else None
        is_word = token.token_type is not TokenType.VAR or following is TokenType.L_PAREN
        is_word = is_word or raw in _NO_KEYWORDS
        pieces.append(text[at:start])
        at = end
        lower = token.token_type not in _NAMES and is_word and raw.isupper()
        pieces.append(raw.lower() if lower else raw)
    return "".join([*pieces, text[at:]])
