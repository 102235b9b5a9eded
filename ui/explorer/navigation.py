"""The way from one page to another."""

from __future__ import annotations

from typing import Any

import streamlit as st

_ASK = "metricspeak_ask_page"


def keep_ask_page(page: Any) -> None:
    """Remember the Ask page, which Streamlit makes anew in each run."""
    st.session_state[_ASK] = page


def go_to_ask() -> None:
    """Leave for the Ask page."""
    st.switch_page(st.session_state[_ASK])
