"""`pargrade hedge audit`: the hedger's log, verified."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.hedge.desk_options import DEFAULT_PLANS, PlanFolder
from bridge.hedge.log.audit import LogFault, audit_entries
from bridge.hedge.log.entry import START
from bridge.hedge.log.file import LOG_NAME, HedgeLog
from pargrade.cli.toolkit.options import AsJson, DeploymentFile
from pargrade.cli.toolkit.output import report


def audit(
    plans: PlanFolder = DEFAULT_PLANS,
    head: Annotated[
        str, typer.Option(metavar="HASH", help="A head printed before; the log has to have it.")
    ] = "",
    endpoint: Annotated[
        str,
        typer.Option(
            "--lanes-of", metavar="URL", help="Also compare with the chain behind this endpoint."
        ),
    ] = "",
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Verify the log: its chain of hashes, and that each order was decided before it was sent.

    Receipts, approvals and orders are verified by their signatures. An end that was cut off shows
    with --head, or with --lanes-of. Exit code 1: something cannot be so.
    """
    log = HedgeLog.read(plans / LOG_NAME)
    found = audit_entries(log.entries)
    hashes = {START, *(entry.hash for entry in log.entries)}
    if head and head.lower() not in hashes:
        found.append(LogFault(len(log.entries), f"the head {head[:10]}… is not in the log"))
    if endpoint and not found:
        found += _on_chain(log, endpoint, deployment)
    newest = START if log.head is None else log.head.hash
    report(
        {
            "entries": len(log.entries),
            "head": newest,
            "faults": [{"entry": each.sequence, "why": each.why} for each in found],
        },
        *(each.describe() for each in found),
        f"{len(log.entries)} entries, {len(found)} faults. Head {newest}",
        as_json=as_json,
    )
    if found:
        raise typer.Exit(1)


def _on_chain(log: HedgeLog, endpoint: str, deployment: Path | None) -> list[LogFault]:
    from bridge.hedge.desk.audit_on_chain import audit_on_chain
    from pargrade.deployment.session import open_session

    return audit_on_chain(log.entries, open_session(endpoint, deployment))
