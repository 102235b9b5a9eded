"""Who may use the explorer: OIDC where Streamlit is configured for it, else a shared token."""

from __future__ import annotations

import hmac
import ipaddress
import time
import tomllib
from pathlib import Path

import streamlit as st

from semantic.errors import ConfigurationError
from translator.settings import Settings
from ui.explorer.markdown import literal

_ADMITTED = "metricspeak_admitted"
_WRONG_TOKEN_SECONDS = 1.0


def oidc_configured() -> bool:
    """Whether Streamlit's secrets hold an `[auth]` section.

    Raises:
        ConfigurationError: the secrets cannot be read.
    """
    for folder in (Path.cwd(), Path.home()):
        path = folder / ".streamlit" / "secrets.toml"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"{path} cannot be read: {type(error).__name__}.", "Correct it, or take it away."
            ) from None
        if "auth" in content:
            return True
    return False


def check_address(address: str, settings: Settings) -> None:
    """Whether the explorer may listen there: other machines reach it only with a login.

    Raises:
        ConfigurationError: it may not.
    """
    if is_loopback(address) or settings.explorer.token is not None or oidc_configured():
        return
    raise ConfigurationError(
        f"Other machines could reach the explorer at {address} without any login.",
        "Set METRICSPEAK_EXPLORER__TOKEN, configure [auth] in .streamlit/secrets.toml, "
        "or leave --address out.",
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def admitted(settings: Settings) -> bool:
    """Whether this session may see anything; shows the way in where it may not yet."""
    if oidc_configured():
        if st.user.is_logged_in:
            return True
        st.title("MetricSpeak")
        st.write("Sign in to ask questions.")
        if st.button("Sign in", type="primary"):
            st.login()
        return False
    token = settings.explorer.token
    if token is None or st.session_state.get(_ADMITTED):
        return True
    st.title("MetricSpeak")
    with st.form("token", border=False):
        given = st.text_input("Access token", type="password", autocomplete="current-password")
        entered = st.form_submit_button("Enter", type="primary")
    if entered:
        if hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            st.session_state[_ADMITTED] = True
            st.rerun()
        time.sleep(_WRONG_TOKEN_SECONDS)  # guessing is slow
        st.error("This is not the access token. Ask whoever runs MetricSpeak for it.")
    return False


def user_name() -> str:
    """Who asks, as the login says; empty where nobody logs in."""
    try:
        user = st.user
        if not user.is_logged_in:
            return ""
        return str(user.get("email") or user.get("name") or user.get("sub") or "")
    except (AttributeError, KeyError):
        return ""


def show_user() -> None:
    """Who is logged in, with a way out."""
    name = user_name()
    if name:
        st.caption(literal(name))
        if st.button("Sign out", type="tertiary", icon=":material/logout:"):
            st.logout()
