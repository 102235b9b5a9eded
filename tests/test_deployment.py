"""compose.yaml, Dockerfile and docs/deployment.md, as far as can be held without containers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from translator.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
# Not settings: where the demonstration's warehouse is.
_WAREHOUSE = {f"METRICSPEAK_PG{n}" for n in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")}
WINDOW = 8192


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def models(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that serve a model, by the profile that starts them."""
    services = compose["services"].values()
    return {s["profiles"][0]: s for s in services if "llm" in str(s.get("networks"))}


def test_it_obeys_the_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, str(ROOT / "compose.yaml")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_way_to_serve_a_model_has_a_profile(models: dict[str, dict[str, Any]]) -> None:
    quantisations = {s["environment"].get("QUANTIZE") for s in models.values()}
    assert {"llama3-70b", "llama3.1-8b", "cpu"} <= set(models)
    assert {"awq", "gptq", "fp8", "bitsandbytes"} <= quantisations


def test_models_answer_to_one_name_and_one_port(models: dict[str, dict[str, Any]]) -> None:
    for profile, service in models.items():
        assert service["networks"]["default"]["aliases"] == ["llm"], profile
        assert "http://localhost:80/health" in service["healthcheck"]["test"], profile


def test_prompt_and_output_fit_the_window(models: dict[str, dict[str, Any]]) -> None:
    for profile, service in models.items():
        if "LLAMA_ARG_CTX_SIZE" in service["environment"]:
            assert int(service["environment"]["LLAMA_ARG_CTX_SIZE"]) == WINDOW
            continue
        options = dict(argument.split("=", 1) for argument in service["command"])
        total, most = int(options["--max-total-tokens"]), int(options["--max-input-tokens"])
        assert most < total == WINDOW, profile
        assert int(options["--max-batch-prefill-tokens"]) >= most, profile


def test_shards_and_gpus_agree(models: dict[str, dict[str, Any]]) -> None:
    for profile, service in models.items():
        if "deploy" not in service:
            continue
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        said = " ".join(service["command"]) + str(service["environment"])
        shards = re.search(r"(?:num-shard=|NUM_SHARD': ')(\$\{TGI_NUM_SHARD:-\d+\})", said)
        assert device["count"] == (shards[1] if shards else 1), profile


def test_settings_of_the_guide_reach_the_container(compose: dict[str, Any]) -> None:
    """Compose reads .env for its own file only; a setting that is not named there is lost."""
    guide = DEPLOYMENT.split("## Own GPUs, with compose")[1].split("\n## ")[0]
    named = set(re.findall(r"METRICSPEAK_LLM__\w+", guide))
    assert {"METRICSPEAK_LLM__SERVER", "METRICSPEAK_LLM__TOTAL_TIMEOUT_SECONDS"} <= named
    environment = compose["services"]["metricspeak"]["environment"]
    for name in named:
        assert str(environment[name]).startswith("${" + name), name


def test_defaults_of_the_container_are_those_of_the_settings(compose: dict[str, Any]) -> None:
    llm = Settings().llm.model_dump()
    other = {"url", "api_key"}  # the neighbouring service; an empty key is none
    for name, value in compose["services"]["metricspeak"]["environment"].items():
        key = name.removeprefix("METRICSPEAK_LLM__").lower()
        if name.startswith("METRICSPEAK_LLM__") and key not in other:
            wanted = llm[key]
            default = f"{wanted:g}" if isinstance(wanted, float) else str(wanted)
            assert value == f"${{{name}:-{default}}}", name


def test_the_gpus_of_the_sizing_table_hold_the_model() -> None:
    """Weights, the cache of one request and a tenth for the rest, against each set of GPUs."""
    rows = re.findall(r"\| ([\d.]+) GB \| ([\d.]+) GB \| ((?:\d+ × \d+ GB(?:, )?)+) \|", DEPLOYMENT)
    assert len(rows) >= 6
    for weights, cache, gpus in rows:
        for count, memory in re.findall(r"(\d+) × (\d+) GB", gpus):
            assert int(count) * int(memory) >= 1.1 * (float(weights) + float(cache)), gpus


def test_examples_of_the_guide_can_be_copied() -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", DEPLOYMENT, re.DOTALL)
    assert {language for language, _ in blocks} >= {"python", "json"}
    for language, text in blocks:
        if language == "python":
            compile(text, "docs/deployment.md", "exec")
        elif language == "json":
            json.loads(text)


def test_images_are_pinned_and_no_port_is_published(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.search(r":[\w.-]*\d|:local$", service["image"]), name
        assert "ports" not in service, name


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if name.endswith(("TOKEN", "PASSWORD", "KEY")):
                assert re.fullmatch(r"\$\{\w+(:-|:\?[^}]*)\}", value), name


def test_variables_are_settings(compose: dict[str, Any]) -> None:
    environment = set(compose["services"]["metricspeak"]["environment"])
    for name in (environment | set(re.findall(r"METRICSPEAK_\w+", DEPLOYMENT))) - _WAREHOUSE:
        if not name.startswith("METRICSPEAK_"):
            continue
        fields: Any = Settings.model_fields
        for part in name.removeprefix("METRICSPEAK_").lower().split("__"):
            assert part in fields, name
            fields = getattr(fields[part].annotation, "model_fields", {})


def test_the_guide_names_every_profile(models: dict[str, dict[str, Any]]) -> None:
    for profile in models:
        assert f"`{profile}`" in DEPLOYMENT


def test_the_image_gets_what_it_copies() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in allowed
