"""The looks at a grade's reserves: two a day apart impair it, or the first one is taken back."""

import logging
from typing import Any, Final, Protocol

from bridge.outbox.records import Outcome
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.abi import BadEncoding
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.errors import NoContract, Reverted, RpcRefused
from pargrade.chain.hashing import Address
from pargrade.deployment.grade_shortage import Shortage, call_due

_FAULTS: Final = (Reverted, RpcRefused, NoContract, BadEncoding)
"""What a token can do to whoever reads it: no reason to hold up series and other grades."""

_log = logging.getLogger("bridge.keeper")


class ActSender(Protocol):
    """Sends calls, or only works out what would happen."""

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas limit the call would be sent with. Raises its refusal."""

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Sends a call and waits for its end."""


def tend_reserves(
    registry: GradeRegistry, unit: Address, head: BlockStamp, sender: ActSender
) -> tuple[Shortage | None, Outcome | None]:
    """Where the reserves of a unit stand, and the end of what was due about them.

    None for what could not be read, and where nothing was sent. Anyone may send it and it names no
    figure: a keeper that comes second is refused. Raises RpcDown and what sending raises.
    """
    try:
        shortage = Shortage.read(registry, unit, head)
    except _FAULTS as failure:
        _log.warning("reserves of %s cannot be read: %s", unit, failure)
        return None, None
    call = call_due(registry, shortage)
    if call is None:
        return shortage, None
    _log.warning("%s of %s is due: %s", shortage.due.value, unit, shortage.describe())
    try:
        gas = sender.gas_limit(call)
    except _FAULTS as refusal:
        _log.warning("%s of %s: not now, %s", shortage.due.value, unit, refusal)
        return shortage, None
    return shortage, sender.send(call, f"{shortage.due.value} at {unit}", gas)
