"""The LLM planner of a project, joined from settings, catalog and the parts that answers need."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from semantic.errors import ConfigurationError
from semantic.project import Project, cache_dir
from semantic.value_index import DimensionValues
from translator.plan import Question, Refusal
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.suggest import nearest_questions
from translator.planning.llm.account import Accountant
from translator.planning.llm.chat import DEFAULT_WINDOW, ChatModel
from translator.planning.llm.decode import Decoder
from translator.planning.llm.examples import ExampleBook, project_questions
from translator.planning.llm.parts import LlmParts
from translator.planning.llm.planner import LlmOptions, LlmPlanner
from translator.planning.llm.prompt import Prompter, Window
from translator.planning.llm.trace import Prices, TraceFile
from translator.settings import LlmSettings


def no_model_configured() -> ConfigurationError:
    """What to say where the LLM planner is wanted and no server is set."""
    return ConfigurationError(
        "No language model is configured, so the planner 'llm' cannot be used.",
        "Set METRICSPEAK_LLM__SERVER (tgi, huggingface, openai or sagemaker) and "
        "METRICSPEAK_LLM__URL, "
        "or `llm:` in metricspeak.yml; docs/configuration.md lists these settings. "
        "`--planner embedded` needs no model.",
    )


def open_prompter(
    project: Project, embedded: EmbeddedPlanner, values: Mapping[str, DimensionValues]
) -> Prompter:
    """What writes the prompts of a project."""
    questions = project_questions(project.project_dir, embedded.catalog)
    book = ExampleBook(questions, embedded.catalog, embedded.lexicon)
    return Prompter(embedded, values, book)


def settings_window(settings: LlmSettings) -> Window:
    """What a prompt may have by the settings alone, without asking a server."""
    total = settings.max_total_tokens or DEFAULT_WINDOW
    inputs = settings.max_input_tokens or total - settings.max_output_tokens
    return Window.of(inputs, total, settings.max_output_tokens, settings.prompt_tokens)


def open_llm_planner(parts: LlmParts) -> LlmPlanner:
    """The planner that asks the model of a project. Sends nothing yet.

    Raises:
        ConfigurationError: no model is configured, or the settings lack what its server needs.
    """
    settings, embedded, probe = parts.settings.llm, parts.embedded, parts.probe
    model = parts.open_model() if parts.open_model else _open(parts.project, settings)
    if model is None:
        raise no_model_configured()
    options = LlmOptions(
        prompt_tokens=settings.prompt_tokens,
        output_tokens=settings.max_output_tokens,
        samples=settings.samples,
        temperature=settings.temperature,
        seed=settings.seed,
        prices=Prices(
            settings.price_per_million_input_tokens, settings.price_per_million_output_tokens
        ),
    )
    return LlmPlanner(
        embedded.catalog,
        parts.prompter(),
        model,
        Decoder(embedded.catalog, parts.values),
        options,
        check=probe.issues,
        account=Accountant(embedded).account,
        compiled=probe.compiled,
        result=probe.rows,
        suggest=_suggestions(embedded),
        trace=TraceFile(cache_dir(parts.project)),
        before_sql=probe.model_queries.warm,
    )


def _open(project: Project, settings: LlmSettings) -> ChatModel | None:
    # The clients of servers take seconds to load, and most questions need none.
    from translator.planning.llm.serving.open import open_chat_model

    return open_chat_model(settings, cache_dir(project))


def _suggestions(embedded: EmbeddedPlanner) -> Callable[[Question], tuple[str, ...]]:
    def suggest(question: Question) -> tuple[str, ...]:
        planned = embedded.plan(question).plan
        if isinstance(planned, Refusal):
            return planned.suggestions
        clues, _ = embedded.read(question)
        return nearest_questions(embedded.catalog, embedded.matcher, clues)

    return suggest
