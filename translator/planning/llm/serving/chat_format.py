"""Llama 3's chat format, for servers that take a prompt instead of messages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from translator.planning.llm.chat import Message

BEGIN_OF_TEXT = "<|begin_of_text|>"
END_OF_TURN = "<|eot_id|>"


def llama3_prompt(messages: Sequence[Message], bos: str = "") -> str:
    """The prompt that asks Llama 3 for the assistant's next turn.

    The format is Meta's, as published with Llama 3 ("Model Cards & Prompt formats"); it is the same
    for 3.1 and 3.3 without tools. TGI's tokenizer adds `<|begin_of_text|>` to a prompt on
    `/generate`, so `bos` is empty there: two of them make the model worse.
    """
    turns = [{"role": m.role, "content": plain(m.content).strip()} for m in messages]
    return _template().render(messages=turns, bos=bos)


def plain(content: str) -> str:
    """`content` without control tokens: every `<|` in it becomes `< |`.

    A tokenizer reads `<|eot_id|>` in a catalog's description as the end of the turn, whoever wrote
    it; with the blank it is text like any other.
    """
    return content.replace("<|", "< |")


@cache
def _template() -> Template:
    # Not HTML: nothing is escaped. `keep_trailing_newline`: the prompt ends with an empty line.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    return environment.get_template("llama3.j2")
