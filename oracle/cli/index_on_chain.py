"""What a chain says of its indices: the newest round of each, and whether it is replayed."""

from pathlib import Path

from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.index_reading import READING_COLUMNS, read_indices
from pargrade.deployment.session import open_session
from pargrade.text import moment


def show_on_chain(rpc_url: str, deployment: Path | None, *, as_json: bool) -> None:
    """Prints every index of a deployment at the head of its chain."""
    session = open_session(rpc_url, deployment)
    head = session.chain.head()
    address = session.deployment.address("SpotIndex")
    found = read_indices(session, head)
    report(
        {
            "block": head.number,
            "time": head.timestamp,
            "spot_index": address,
            "indices": [reading.to_json() for reading in found],
        },
        f"SpotIndex {address} at block {head.number}, {moment(head.timestamp)}",
        Table(
            READING_COLUMNS,
            [reading.cells() for reading in found],
            numbers=frozenset({"USD", "signers"}),
        ),
        as_json=as_json,
    )
