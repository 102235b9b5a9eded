"""Settings: what is connected, and whether it is well. Shows no secret and changes nothing."""

from __future__ import annotations

import streamlit as st

from translator.settings import Settings
from ui.doctor.check import Finding
from ui.doctor.checks import examine
from ui.explorer.auth import oidc_configured, show_user
from ui.explorer.markdown import code, literal
from ui.explorer.resources import Resources

_FOUND = "metricspeak_findings"
_ICONS = {"ok": ":material/check_circle:", "warn": ":material/warning:", "fail": ":material/error:"}
_COLOURS = {"ok": "green", "warn": "orange", "fail": "red"}


def show(resources: Resources) -> None:
    """The page."""
    st.title("Settings", anchor=False)
    show_user()
    catalog, settings = resources.translator.catalog, resources.settings
    project = resources.project
    left, right = st.columns(2)
    with left.container(border=True):
        st.markdown("**Project**")
        _facts(
            ("Name", literal(catalog.project_name)),
            ("Target", code(project.target or "the profile's own")),
            ("Warehouse", literal(catalog.adapter_type)),
            (
                "Catalog",
                f"{len(catalog.metrics):,} metrics, {len(catalog.dimensions):,} dimensions, "
                f"{len(catalog.models):,} models",
            ),
            ("Today", f"{resources.today:%d %b %Y}"),
        )
    with right.container(border=True):
        st.markdown("**Planner**")
        _facts(*_planner(settings))
    with st.container(border=True):
        st.markdown("**Bounds**")
        _facts(
            ("Rows at most", f"{settings.row_limit:,}"),
            ("Seconds for a statement", f"{settings.statement_timeout_seconds:g}"),
            ("Asks back below a confidence of", f"{settings.clarify_threshold:.0%}"),
            ("Gathers evidence", "yes" if settings.checks.evidence else "no"),
            ("Login", _login(settings)),
        )
    st.caption("Set in metricspeak.yml and in the environment; docs/configuration.md lists all.")
    _health(resources)


def _planner(settings: Settings) -> list[tuple[str, str]]:
    llm = settings.llm
    found = [("Planner", literal(settings.planner))]
    if llm.server == "none":
        return [*found, ("Language model", "none: the embedded planner answers alone")]
    found += [("Language model", literal(llm.model)), ("Server", literal(llm.server))]
    if llm.url:
        found.append(("Address", code(llm.url)))
    return [*found, ("Key", "set" if llm.api_key else "not set")]


def _login(settings: Settings) -> str:
    if oidc_configured():
        return "OpenID Connect"
    return "access token" if settings.explorer.token else "none, on this machine only"


def _health(resources: Resources) -> None:
    st.subheader("Health", anchor=False)
    if st.button("Check now", icon=":material/monitor_heart:", type="primary"):
        project = resources.project
        with st.spinner("Looking at everything that is connected …"):
            st.session_state[_FOUND] = examine(
                project.project_dir, project.profiles_dir, project.target
            )
    findings: tuple[Finding, ...] = st.session_state.get(_FOUND, ())
    if not findings:
        st.caption("The same checks as `metricspeak doctor`.")
    for finding in findings:
        colour, icon = _COLOURS[finding.status], _ICONS[finding.status]
        text = f":{colour}[{icon}] **{literal(finding.name)}**  \n{literal(finding.detail)}"
        if finding.remedy:
            text += f"  \n{literal(finding.remedy)}"
        st.markdown(text)


def _facts(*facts: tuple[str, str]) -> None:
    st.markdown("  \n".join(f"{literal(name)}: **{value}**" for name, value in facts))
