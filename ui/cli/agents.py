"""`metricspeak mcp`: the tools for agents."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ui.cli.options import ProfilesDir, ProjectDir, Target, connect_embedded, open_workplace
from ui.cli.serve import Host, Port, listening


class Transport(StrEnum):
    """`--transport` of MCP."""

    STDIO = "stdio"
    HTTP = "streamable-http"


def mcp(
    transport: Annotated[
        Transport, typer.Option("--transport", help="How the agent speaks to it.")
    ] = Transport.STDIO,
    host: Host = None,
    port: Port = None,
    project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Give agents tools over the Model Context Protocol."""
    from ui.api.access import check_address

    workplace = open_workplace(project_dir, profiles_dir, target)
    bounds = listening(workplace.settings.serve, host, port)
    if transport is Transport.HTTP:
        check_address(bounds.host, bounds.token)  # before what takes long
    connect_embedded(workplace)

    from translator.history.history import open_history
    from translator.opening import open_translator
    from ui.agents.transports import serve_http, serve_stdio
    from ui.api.server import log_to_stderr

    settings = workplace.settings.model_copy(update={"serve": bounds})
    log_to_stderr()
    translator = open_translator(workplace.project, settings)
    history = open_history(workplace.project, settings, "mcp")
    if history is not None:
        history.start()
    try:
        if transport is Transport.STDIO:
            serve_stdio(translator, history)
        else:
            serve_http(
                translator, lambda url: typer.echo(f"Agents connect to {url}", err=True), history
            )
    finally:
        translator.close()
        if history is not None:
            history.close()
