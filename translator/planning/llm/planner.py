"""The LLM planner: prompt, generate, decode, give back what is wrong, and settle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from semantic.catalog import SemanticCatalog
from translator.explain import explain
from translator.plan import (
    Clarification,
    ModelQuery,
    Option,
    Plan,
    Planned,
    Question,
    Refusal,
)
from translator.planning.llm.account import SURELY_ASKED, Account
from translator.planning.llm.candidate import Candidate, mean_probability
from translator.planning.llm.chat import (
    ChatCancelled,
    ChatModel,
    ChatReply,
    ChatRequest,
    FinishReason,
    Message,
    ModelInfo,
    ModelMisconfigured,
)
from translator.planning.llm.decode import Decoded, Decoder
from translator.planning.llm.grammar import plan_schema
from translator.planning.llm.prompt import Prompt, Prompter, Window, prompt_version
from translator.planning.llm.tokens import estimate_messages
from translator.planning.llm.trace import LlmCall, LlmTrace, NoTrace, Prices, TraceSink
from translator.planning.llm.voting import Fingerprint, vote
from translator.planning.llm.watch import Watch
from translator.query import QueryIssue, SemanticQuery

_VOTE_TEMPERATURE = 0.7
_LEAST_OUTPUT = 64
"""Tokens in which hardly any document can be written."""


class PlanChecker(Protocol):
    """What later stages have against a plan, asked before it is settled on."""

    def __call__(self, plan: SemanticQuery | ModelQuery) -> tuple[QueryIssue, ...]:
        """Issues of compiling the plan; empty if it compiles."""
        ...


class Accounting(Protocol):
    """What a plan leaves out of its question."""

    def __call__(self, question: Question, plan: Plan) -> Account:
        """The words that it has no place for, and what of them the model should mend."""
        ...


@dataclass(frozen=True)
class LlmOptions:
    """How a model is asked.

    `prompt_tokens`: length of a prompt that shows only the nearest part of a catalog. `repairs`:
    times that issues go back to the model. `samples`: plans drawn for a question; several are
    voted on.
    """

    prompt_tokens: int = 2_500
    output_tokens: int = 1_024
    repairs: int = 2
    samples: int = 1
    temperature: float = 0.0
    seed: int | None = None
    prices: Prices = Prices()


@dataclass
class _Run:
    """What happened while one question was planned."""

    question: Question
    prompt: Prompt
    info: ModelInfo
    calls: list[LlmCall] = field(default_factory=list)


class LlmPlanner:
    """Plans over one catalog with a language model. Safe to use from several threads."""

    name = "llm"

    def __init__(
        self,
        catalog: SemanticCatalog,
        prompter: Prompter,
        model: ChatModel,
        decoder: Decoder,
        options: LlmOptions | None = None,
        *,
        check: PlanChecker | None = None,
        account: Accounting | None = None,
        compiled: Fingerprint | None = None,
        result: Fingerprint | None = None,
        suggest: Callable[[Question], tuple[str, ...]] | None = None,
        trace: TraceSink | None = None,
        before_sql: Callable[[], None] | None = None,
    ) -> None:
        """Join the parts; nothing is sent yet.

        Args:
            catalog: what can be asked.
            prompter: writes the prompts.
            model: answers them.
            decoder: reads what it answers.
            options: how it is asked.
            check: what later stages say of a plan; its issues go back to the model as well.
            account: what a plan leaves out of its question; None tells nothing of it.
            compiled: equal for plans that compile to the same query, for voting.
            result: equal for plans with the same rows, for voting.
            suggest: questions near one that is refused.
            trace: where traces go.
            before_sql: makes ready what SQL over models needs, while the model still writes it.
        """
        self.catalog = catalog
        self.prompter = prompter
        self.model = model
        self.decoder = decoder
        self.options = options or LlmOptions()
        self._check = check
        self._account = account
        self._compiled = compiled
        self._result = result
        self._suggest = suggest
        self._trace: TraceSink = trace or NoTrace()
        self._before_sql = before_sql or (lambda: None)
        self._schema = plan_schema()

    def plan(self, question: Question) -> Planned:
        """Plan one question.

        Raises:
            ModelUnavailable: the model cannot be reached.
            ModelMisconfigured: its server refuses what it is asked, or takes too few tokens.
            ChatCancelled: the person stopped the question.
        """
        info = self.model.info()
        options = self.options
        window = Window.of(
            info.max_input_tokens,
            info.max_total_tokens,
            options.output_tokens,
            options.prompt_tokens,
        )
        run = _Run(question, self.prompter.prompt(question, window), info)
        error = ""
        planned: Planned | None = None
        try:
            planned = self._settle(run, list(self._candidates(run)))
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
            raise
        finally:
            trace = LlmTrace(
                prompt_version=prompt_version(),
                prompt_tokens=run.prompt.tokens,
                catalog="whole" if run.prompt.excerpt.whole else "nearest",
                calls=tuple(run.calls),
                error=error,
                outcome=type(planned.plan).__name__ if planned else "",
            )
            self._trace.write(question.trace_id, question.text, trace)
        return replace(
            planned,
            usage=trace.summary,
            llm_seconds=sum(c.seconds for c in trace.calls),
            llm_usage=trace.usage,
        )

    def close(self) -> None:
        """Let go of the model's connections."""
        self.model.close()

    def _candidates(self, run: _Run) -> Iterator[Candidate | tuple[QueryIssue, ...]]:
        """One usable plan a sample, or the issues that none was found without."""
        for sample in range(self.options.samples):
            yield self._sample(run, sample)

    def _sample(self, run: _Run, sample: int) -> Candidate | tuple[QueryIssue, ...]:
        """Ask, and ask again with what was wrong, until a plan has nothing against it."""
        messages = run.prompt.messages
        best: Candidate | None = None
        issues: tuple[QueryIssue, ...] = ()
        for repairs in range(self.options.repairs + 1):
            purpose = "repair" if repairs else "vote" if sample else "plan"
            reply, decoded = self._ask(run, messages, purpose, sample)
            issues = decoded.issues
            if decoded.usable and decoded.plan is not None:
                found = Candidate(decoded.plan, repairs, issues, mean_probability(reply))
                if not issues:
                    return found
                # A value that is not known may be right all the same: the index is not the data. A
                # model that was told once and stays with its plan may know better, too.
                if best is not None and (found.plan, issues) == (best.plan, best.issues):
                    return found
                if best is None or len(issues) < len(best.issues):
                    best = found
            messages = self.prompter.repair(run.prompt, reply.text, issues)
        return best or issues

    def _ask(
        self, run: _Run, messages: tuple[Message, ...], purpose: str, sample: int
    ) -> tuple[ChatReply, Decoded]:
        options = self.options
        several = options.samples > 1
        room = run.info.max_total_tokens - estimate_messages(messages)
        if room < _LEAST_OUTPUT:
            raise _too_small(run.info)
        request = ChatRequest(
            messages=messages,
            schema=self._schema,
            # Servers refuse a request that could overrun the window, and a repair is longer.
            max_tokens=min(options.output_tokens, room),
            temperature=max(options.temperature, _VOTE_TEMPERATURE)
            if several
            else options.temperature,
            seed=None if options.seed is None else options.seed + sample,
        )
        reply = self._chat(request, run.info)
        cut = reply.finish_reason is FinishReason.LENGTH
        decoded = self.decoder.decode(reply.text, cut)
        if decoded.usable and isinstance(decoded.plan, SemanticQuery | ModelQuery) and self._check:
            wrong = self._check(decoded.plan)
            if wrong:
                decoded = replace(decoded, plan=None, issues=(*decoded.issues, *wrong))
        if decoded.usable and decoded.plan is not None and self._account:
            left = self._account(run.question, decoded.plan).issues
            decoded = replace(decoded, issues=(*decoded.issues, *left))
        run.calls.append(LlmCall.of(purpose, reply, decoded.issues, options.prices))
        return reply, decoded

    def _chat(self, request: ChatRequest, info: ModelInfo) -> ChatReply:
        """Generate, reading along: what runs away is cut short."""
        started = time.monotonic()
        watch = Watch(self._before_sql)
        try:
            return self.model.chat(request, watch, watch.enough)
        except ChatCancelled:
            if not watch.enough.is_set():
                raise
            seconds = time.monotonic() - started
            return ChatReply(watch.text, FinishReason.LENGTH, info.model_id, seconds=seconds)

    def _settle(self, run: _Run, drawn: list[Candidate | tuple[QueryIssue, ...]]) -> Planned:
        candidates = [c for c in drawn if isinstance(c, Candidate)]
        if not candidates:
            issues = [i for found in drawn if not isinstance(found, Candidate) for i in found]
            return Planned(self._refusal(run.question, issues), 0.0, self.name)
        won = vote([c.plan for c in candidates], self._compiled, self._result)
        best = next(c for c in candidates if c.plan == won.plan)
        # Samples without a usable plan speak against the others.
        share = won.share * len(candidates) / len(drawn)
        confidence = best.confidence
        if len(drawn) > 1:
            confidence *= share
        notes = tuple(i.message for i in best.issues)
        plan = best.plan
        if isinstance(plan, Refusal) and self._suggest is not None:
            plan = Refusal(plan.reason, self._suggest(run.question))
        ignored = self._account(run.question, plan).words if self._account else None
        left = [i.message for i in best.issues if i.kind in SURELY_ASKED]
        if left and isinstance(plan, SemanticQuery):
            # The model stays with a query for less than was asked: that is for the person to say.
            message = f"{' '.join(left)} Is this what you mean?"
            plan = Clarification(message, (Option(explain(plan, self.catalog), plan),))
        return Planned(plan, round(confidence, 4), self.name, ignored, notes)

    def _refusal(self, question: Question, issues: Iterable[QueryIssue]) -> Refusal:
        """No usable plan came: say what stood in the way, in our words."""
        reasons = list(dict.fromkeys(i.message for i in issues))[:3]
        said = " ".join(reasons)
        return Refusal(
            f"The language model found no query that can be run. {said}".strip(),
            self._suggest(question) if self._suggest is not None else (),
        )


def _too_small(info: ModelInfo) -> ModelMisconfigured:
    return ModelMisconfigured(
        f"The language model takes {info.max_total_tokens:,} tokens of prompt and output, too few "
        "for a prompt of this project.",
        "Serve it with a larger window, or set 'llm.max_total_tokens' if it takes more than that.",
    )
