"""Starts Streamlit's server in this process. The only module that knows how."""

from __future__ import annotations

import socket
from pathlib import Path

from semantic.errors import ConfigurationError
from semantic.project import Project
from translator.settings import Settings
from ui.explorer.auth import check_address, is_loopback
from ui.explorer.resources import Opening, serve

SCRIPT = Path(__file__).parent / "script" / "metricspeak_explorer.py"


def start(
    project: Project, settings: Settings, address: str, port: int, open_browser: bool
) -> None:
    """Serve the explorer until it is interrupted.

    Args:
        project: what it is for.
        settings: the project's.
        address: where to listen.
        port: where to listen.
        open_browser: whether to open the person's browser at it.

    Raises:
        ConfigurationError: it may not, or cannot, listen there.
    """
    check_address(address, settings)
    _check_port(address, port)
    found = Opening(project, settings)
    serve(found)
    found.start()

    from streamlit.web import bootstrap

    options = {
        "server.address": address,
        "server.port": port,
        "server.headless": not open_browser,
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": "localhost" if is_loopback(address) else address,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        # Each of the two, so that the person's own choice of light or dark stays.
        "theme.light.primaryColor": "#0072B2",
        "theme.dark.primaryColor": "#3B82C4",
        "logger.level": "warning",
    }
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    bootstrap.load_config_options(flags)
    bootstrap.run(str(SCRIPT), False, [], flags)


def _check_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        raise ConfigurationError(
            f"The explorer cannot listen at {address}:{port}: {error.strerror or error}.",
            "Choose another port by --port.",
        ) from None
