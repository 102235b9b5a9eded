"""Hostile text stays text where Streamlit reads Markdown."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from ui.explorer.markdown import code, literal

HOSTILE = [
    "**bold** _it_ ~~gone~~ `code`",
    "# not a heading",
    "1. no list",
    "- no list",
    "[link](javascript:alert(1)) ![x](http://evil.example/p.png)",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "&lt;b&gt; &amp;",
    "| a | b |",
    "C:\\temp\\*",
    "line\nbreak\r\n\r\n> quote",
    "price $5 and $6",
    ":red[x] :smile: :material/home:",
    "a -> b <-- c",
    "https://evil.example www.evil.example me@evil.example",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    reader = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    tokens = reader.parse(literal(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {t.type for t in children} <= {"text", "text_special"}
    shown = "".join(t.content for t in children).replace("\u2060", "")
    assert shown == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [":smile:", ":material/home:", "http://x.example", "www.x.example", "a@x.example", "->", "<->"],
)
def test_what_streamlit_finds_after_markdown_is_parted(text: str) -> None:
    assert "\u2060" in literal(text)


def test_formulas_keep_their_signs() -> None:
    assert literal("$5 and $6") == r"\$5 and \$6"


@pytest.mark.parametrize("text", ["plain", "a`b", "``", "`x`", "$a$ :red[x]"])
def test_code_holds_any_text(text: str) -> None:
    tokens = MarkdownIt().parse(code(text))[1].children or []
    assert [t.type for t in tokens] == ["code_inline"]
    assert tokens[0].content == text


def test_control_characters_are_shown() -> None:
    assert literal("a\x1b[31mb") == r"a␛\[31mb"
