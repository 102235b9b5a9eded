"""`metricspeak serve`: the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import ProfilesDir, ProjectDir, Target, connect_embedded, open_workplace

if TYPE_CHECKING:
    from translator.settings import ServeSettings

Host = Annotated[
    str | None,
    typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1"),
]
Port = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, help="0 takes a free one.", show_default="8080"),
]


def serve(
    host: Host = None,
    port: Port = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Answer questions over HTTP, until Ctrl-C or SIGTERM."""
    from ui.api.access import check_address

    workplace = open_workplace(project_dir, profiles_dir, target)
    bounds = listening(workplace.settings.serve, host, port)
    check_address(bounds.host, bounds.token)  # before what takes long
    connect_embedded(workplace)

    from translator.history.history import open_history
    from translator.opening import open_translator
    from ui.api.application import create_app
    from ui.api.server import HttpServer, log_to_stderr

    settings = workplace.settings.model_copy(update={"serve": bounds})
    log_to_stderr()
    translator = open_translator(workplace.project, settings)
    history = open_history(workplace.project, settings, "api")
    if history is not None:
        history.start()
    try:
        server = HttpServer(create_app(translator, history), bounds)
        server.run(lambda url: typer.echo(f"MetricSpeak answers on {url}", err=True))
    finally:
        translator.close()
        if history is not None:
            history.close()


def listening(serve: ServeSettings, host: str | None, port: int | None) -> ServeSettings:
    """The settings, with what the command line says of the address."""
    said = {"host": host, "port": port}
    return serve.model_copy(update={k: v for k, v in said.items() if v is not None})
