"""How commands that check something print what they found."""

from collections.abc import Sequence

import typer

from pargrade.check.result import CheckResult, Severity
from pargrade.cli.toolkit.output import Table, report


def report_findings(findings: Sequence[CheckResult], *, as_json: bool) -> None:
    """Prints findings, and ends with exit code 1 when anything is wrong; a warning is not."""
    wrong = [finding for finding in findings if finding.state is Severity.WRONG]
    rows = [(f.subject, f.state.value, f.found, f.mend) for f in findings]
    report(
        {"ok": not wrong, "findings": [finding.to_json() for finding in findings]},
        Table(("what", "state", "found", "how to mend it"), rows),
        f"{len(wrong)} of {len(findings)} are wrong." if wrong else "All is well.",
        as_json=as_json,
    )
    if wrong:
        raise typer.Exit(1)
