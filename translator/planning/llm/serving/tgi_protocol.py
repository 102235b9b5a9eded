"""TGI's own protocol, `/generate` and `/generate_stream`: what is sent and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from text_generation.types import Details, Grammar, Parameters, Request, StreamResponse

from translator.planning.llm.chat import ChatRequest, FinishReason
from translator.planning.llm.serving.backend import End, Piece
from translator.planning.llm.serving.chat_format import END_OF_TURN, llama3_prompt
from translator.planning.llm.serving.fault import fault_of_event, unreadable

GRAMMAR = "TGI's JSON grammar"


def payload(request: ChatRequest) -> dict[str, Any]:
    """The body of a request, made and checked by the types of the `text-generation` client."""
    greedy = request.temperature == 0
    parameters = Parameters(
        details=True,
        # TGI refuses a temperature of 0: without sampling it takes the likeliest token.
        do_sample=not greedy,
        temperature=None if greedy else request.temperature,
        seed=None if greedy else request.seed,
        max_new_tokens=request.max_tokens,
        # Older configurations of Llama 3 do not count the end of a turn as an end.
        stop=[END_OF_TURN],
        grammar=None
        if request.schema is None
        else Grammar(type="json", value=dict(request.schema)),
    )
    body = Request(inputs=llama3_prompt(request.messages), parameters=parameters)
    made: dict[str, Any] = body.model_dump(mode="json", exclude_none=True, exclude={"stream"})
    return made


def whole(document: object, headers: Mapping[str, str] | None = None) -> tuple[Piece, End]:
    """What `/generate` answered: the text and its end.

    Raises:
        ServerFault: the answer is an error, or not of that form.
    """
    if isinstance(document, list) and len(document) == 1:
        # The root and SageMaker's route wrap the answer into a list.
        document = document[0]
    if isinstance(document, Mapping) and "error" in document:
        raise fault_of_event(document)
    try:
        found = document if isinstance(document, Mapping) else {}
        text = found["generated_text"]
        details = Details(**found["details"])
    except (KeyError, TypeError, ValidationError):
        raise unreadable("a generated text", str(document)) from None
    if not isinstance(text, str):
        raise unreadable("a generated text", str(document))
    prompt_tokens = (headers or {}).get("x-prompt-tokens", "")
    return (
        Piece(text, _logprobs(details.tokens)),
        End(
            finish_reason=_finish_reason(details.finish_reason.value),
            text=text.removesuffix(END_OF_TURN),
            prompt_tokens=int(prompt_tokens) if prompt_tokens.isdecimal() else None,
            completion_tokens=details.generated_tokens,
        ),
    )


def event(document: Mapping[str, Any]) -> tuple[Piece | End, ...]:
    """What one event of `/generate_stream` says.

    Raises:
        ServerFault: it is an error, or not of that form.
    """
    if "error" in document:
        raise fault_of_event(document)
    try:
        found = StreamResponse(**document)
    except (TypeError, ValidationError):
        raise unreadable("a token of a stream", str(dict(document))) from None
    token = found.token
    pieces: tuple[Piece | End, ...] = ()
    if not token.special:
        pieces = (Piece(token.text, () if token.logprob is None else (token.logprob,)),)
    if found.details is None:
        return pieces
    # The client's type leaves out the prompt's length, which TGI sends with the last token.
    prompt_tokens = document["details"].get("input_length")
    text = found.generated_text
    return (
        *pieces,
        End(
            finish_reason=_finish_reason(found.details.finish_reason.value),
            text=None if text is None else text.removesuffix(END_OF_TURN),
            prompt_tokens=prompt_tokens if isinstance(prompt_tokens, int) else None,
            completion_tokens=found.details.generated_tokens,
        ),
    )


def _logprobs(tokens: Any) -> tuple[float, ...]:
    return tuple(t.logprob for t in tokens if not t.special and t.logprob is not None)


def _finish_reason(reason: str) -> FinishReason:
    return FinishReason.LENGTH if reason == "length" else FinishReason.STOP
