"""The explorer's pages, for Streamlit to run once for every change in a session."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from semantic.errors import MetricSpeakError
from ui.explorer import auth
from ui.explorer.markdown import literal
from ui.explorer.navigation import keep_ask_page
from ui.explorer.resources import Opening, Resources, opening

_LOG = logging.getLogger(__name__)
_AT_ONCE_SECONDS = 1.0
# Constant: nothing of the catalog or of data is ever written as HTML.
_STYLE = """<style>
.stMainBlockContainer { padding-top: 4.5rem; max-width: 68rem; }
.st-key-chips button {
  border-radius: 999px; border-color: transparent; min-height: 1.9rem; padding: 0.1rem 0.8rem;
  background: color-mix(in srgb, #3B82C4 22%, transparent);
}
.st-key-chips button:hover { border-color: #0072B2; }
.st-key-readings button { justify-content: flex-start; text-align: left; }
@media (max-width: 40rem) {
  .stMainBlockContainer { padding-left: 0.8rem; padding-right: 0.8rem; }
}
</style>"""


def main() -> None:
    """Draw the page that the session is on. No traceback reaches the person."""
    st.set_page_config("MetricSpeak", ":material/query_stats:", layout="wide")
    st.html(_STYLE)
    try:
        found = opening()
        if not auth.admitted(found.settings):
            return
        resources = found.wait(_AT_ONCE_SECONDS)
        if resources is None:
            _show_opening(found)
            return
        _pages(resources)
    except MetricSpeakError as error:
        _show_error(error)


def _pages(resources: Resources) -> None:
    from ui.explorer.pages import ask, catalog, evaluation, history, settings

    def guarded(show: Callable[[Resources], None]) -> Callable[[], None]:
        def page() -> None:
            try:
                show(resources)
            except MetricSpeakError as error:
                _show_error(error)
            except Exception:
                _LOG.exception("page")
                st.error(
                    "**MetricSpeak failed on this page.** This is a fault of MetricSpeak: the log "
                    "of `metricspeak explore` says more.",
                    icon=":material/error:",
                )

        return page

    pages = [
        st.Page(guarded(ask.show), title="Ask", icon=":material/search:", default=True),
    ]
    pages += [
        st.Page(guarded(show), title=title, icon=icon, url_path=title.lower())
        for title, icon, show in (
            ("Catalog", ":material/menu_book:", catalog.show),
            ("History", ":material/history:", history.show),
            ("Evaluation", ":material/fact_check:", evaluation.show),
            ("Settings", ":material/settings:", settings.show),
        )
    ]
    keep_ask_page(pages[0])
    current = st.navigation(pages, position="top")
    current.run()


@st.fragment(run_every=0.5)
def _watch(found: Opening) -> None:
    if found.ready is not None or found.error is not None:
        st.rerun()
    st.info(
        "Opening the project. The first time takes a little longer.", icon=":material/hourglass:"
    )


def _show_opening(found: Opening) -> None:
    error = found.error
    if error is None:
        found.start()
        _watch(found)
        return
    _show_error(error)
    st.button("Try again", icon=":material/refresh:", on_click=found.start)


def _show_error(error: MetricSpeakError) -> None:
    st.error(literal(error.message), icon=":material/error:")
    if error.hint:
        st.caption(literal(error.hint))
