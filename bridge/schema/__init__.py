"""The bridge's database: the tables of ledger and outbox, and the versions they went through."""

from pathlib import Path
from typing import Final

from bridge.ledger import tables as ledger
from bridge.outbox import tables as outbox
from pargrade.database import Schema

__all__ = ["BRIDGE"]

_FIRST: Final = frozenset(
    {"origin", "cursor", "tail", "entry", "movement", "intent", "attempt", "outcome"}
)

BRIDGE: Final = Schema(
    name="bridge",
    tables=(ledger.metadata, outbox.metadata),
    scripts=Path(__file__).with_name("versions"),
    head="bridge_3",
    unversioned={
        "bridge_1": _FIRST,
        "bridge_2": _FIRST | {"inclusion"},
        "bridge_3": _FIRST | {"inclusion", "agreement"},
    },
)
