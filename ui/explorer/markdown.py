"""Text of the catalog and of data, made safe where Streamlit reads Markdown.

Streamlit reads Markdown in nearly every label, and turns more than Markdown's own signs into
something else: `$…$` (formulas), `:name:` (emoji), `:material/…:` (icons), `:red[…]` (colours),
`->` (arrows), and addresses without any sign. Signs get a backslash. What is found in the text only
after backslashes are gone is parted by a word joiner, which has no width and breaks no line.
"""

from __future__ import annotations

import re

from ui.render.text import printable

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~&^=\"'])")
_JOINER = "\N{WORD JOINER}"
# After a colon, inside an address without a scheme, before the @ of a mail address, in arrows.
_FOUND_LATER = re.compile(r"(?<=:)(?=\S)|(?<=www)(?=\.)|(?=@)|(?<=-)(?=[->])|(?<=[<>=])(?=[-=>])")


def literal(text: object) -> str:
    r"""`text` so that Markdown shows it as it is, on one line.

    >>> literal("*net* $5")
    '\\*net\\* \\$5'
    """
    line = printable(" ".join(str(text).split()))
    return _SIGNS.sub(r"\\\1", _FOUND_LATER.sub(_JOINER, line))


def code(text: object) -> str:
    """`text` as inline code: a name of the project."""
    line = printable(" ".join(str(text).split()))
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""
