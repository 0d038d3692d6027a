"""What a chain says of its indices: the newest round of each, and whether it is replayed."""

from pathlib import Path
from typing import Any

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Status
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.session import open_session
from pargrade.spot_index.observation import REPLAYED
from pargrade.text import moment
from pargrade.units import Price


def show_on_chain(rpc_url: str, deployment: Path | None, *, as_json: bool) -> None:
    """Prints every index of a deployment at the head of its chain."""
    session = open_session(rpc_url, deployment)
    head = session.chain.head()
    contract = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    count = len(contract.index_names(block=head))
    found = [contract.status(number, block=head) for number in range(count)]
    report(
        {
            "block": head.number,
            "time": head.timestamp,
            "spot_index": contract.address,
            "indices": [_to_json(status) for status in found],
        },
        f"SpotIndex {contract.address} at block {head.number}, {moment(head.timestamp)}",
        Table(
            ("index", "USD", "state", "round of", "signers", "quotes"),
            [_row(status) for status in found],
            numbers=frozenset({"USD", "signers"}),
        ),
        as_json=as_json,
    )


def _to_json(status: Status) -> dict[str, Any]:
    return {
        "index": status.name,
        "value8": str(status.latest.value),
        "slot": status.latest.slot,
        "state": status.state.name.lower(),
        "signers": status.latest.signers,
        "replayed": _is_replayed(status),
    }


def _row(status: Status) -> tuple[object, ...]:
    latest = status.latest
    if not latest.slot:
        return status.name, "-", status.state.name.lower(), "never", 0, "-"
    return (
        status.name,
        Price(latest.value).text(),
        status.state.name.lower(),
        moment(latest.slot),
        f"{latest.signers} of {status.reporters}",
        "REPLAYED" if _is_replayed(status) else "live",
    )


def _is_replayed(status: Status) -> bool:
    return bool(status.latest.flags & REPLAYED)
