"""Since when an attester signs: a journal that may lack signatures signs nothing that left before.

A journal that certainly holds all that was signed under it goes on where it stopped. Any other one
(new, restored, copied, or last used before the machine restarted) may lack a signature. Whatever
could have been signed had left by the newest head that any endpoint of either chain has.
"""

import logging
from typing import Final

from bridge.gate.witness.witnesses import Witnesses
from pargrade.journal.claim import Claim

_log: Final = logging.getLogger("bridge.gate")


def measure_floor(*chains: Witnesses) -> int:
    """The latest time of any head, Unix seconds. Raises TooFewEndpoints, WrongChain.

    A chain of which too few endpoints say where it is has no floor: one that were too low would let
    a second content be signed.
    """
    return max(witnesses.newest_time() for witnesses in chains)


def begin(claim: Claim, *chains: Witnesses) -> int:
    """Raises the journal's floor as far as it has to be. Returns it.

    Raises TooFewEndpoints where it has to be measured and cannot be: nothing is signed then.
    """
    if claim.is_complete:
        return claim.begin(0)
    floor = claim.begin(measure_floor(*chains))
    _log.warning(
        "the journal is new, restored, copied, or from before the machine started: "
        "messages that left up to %d are left to the other attesters", floor,
    )  # fmt: skip
    return floor
