"""The rows of an answer as CSV."""

from __future__ import annotations

import csv
import sys

from translator.answer import Answer
from ui.render.text import printable


def write_csv(answer: Answer) -> None:
    """Write header and rows to stdout. Only a terminal gets control characters replaced."""
    terminal = sys.stdout.isatty()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in answer.columns])
    for row in answer.rows:
        writer.writerow([printable(v, True) if terminal and isinstance(v, str) else v for v in row])
