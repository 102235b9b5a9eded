"""A stand-in for Text Generation Inference: a real HTTP server that answers from a script.

with TgiStandIn(["first answer", {"second": "as JSON"}, Fails(503)]) as server:
...  # a client at server.url
assert server.generations[0].prompt.startswith(...)
"""

from tests.standins.tgi.answers import (
    HTML,
    Answer,
    Fails,
    Hangs,
    Resets,
    Says,
    Sends,
    Streams,
)
from tests.standins.tgi.handler import Recorded
from tests.standins.tgi.server import OpenAiDialect, OpenAiStandIn, TgiStandIn, refused_url

__all__ = [
    "HTML",
    "Answer",
    "Fails",
    "Hangs",
    "OpenAiDialect",
    "OpenAiStandIn",
    "Recorded",
    "Resets",
    "Says",
    "Sends",
    "Streams",
    "TgiStandIn",
    "refused_url",
]
