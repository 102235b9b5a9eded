"""The gate's result as JUnit XML: a test case a question."""

from __future__ import annotations

from pathlib import Path

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from eval.ci.finding import Finding, GateReport, Kind
from eval.ci.report.words import KINDS, details
from semantic.errors import ConfigurationError

_NOT_RUN = {Kind.UNAFFECTED, Kind.REMOVED, Kind.STILL_FAILING}


def write_junit(path: Path, report: GateReport) -> None:
    """Write the file. What was not run, or failed before, is skipped with its reason.

    Raises:
        ConfigurationError: it cannot be written.
    """
    suite = TestSuite("metricspeak ci")
    suite.add_testcases([_case(f) for f in report.findings])
    document = JUnitXml("metricspeak")
    document.add_testsuite(suite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        document.write(str(path), pretty=True)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot write {path}: {error.strerror or error}.", "Name another file."
        ) from None


def _case(finding: Finding) -> TestCase:
    case = TestCase(_xml(finding.id), "metricspeak.questions", round(finding.seconds, 3))
    lines = "\n".join(map(_xml, (finding.text, *details(finding))))
    if finding.failed:
        failure = Failure(_xml(finding.reason), KINDS[finding.kind])
        failure.text = lines
        case.result = [failure]
    elif finding.kind in _NOT_RUN:
        case.result = [Skipped(f"{KINDS[finding.kind]}: {_xml(finding.reason)}")]
    elif finding.kind is not Kind.SAME:
        case.system_out = f"{KINDS[finding.kind]}\n{lines}"
    return case


def _xml(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c if c >= " " or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
