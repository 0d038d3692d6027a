"""A transfer that attesters forged and a gate believed, and what was done about it.

A gate takes each nonce once. Where a forgery went through under the nonce of a true message, that
message is attested again under a nonce that no gate gives, its reissue. What the forgery minted or
released is made good by messages that leave the same end and never arrive: its covers.
"""

from dataclasses import dataclass
from typing import Final

REISSUE: Final = 1 << 56
"""Between a nonce and its reissue. Gates count their routes from 2**40 on, so that no gate with
fewer than 65,536 routes ever gives one, and a nonce can be used up over a hundred times."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forgery that the operators of a route know of."""

    chain: int
    """Id of the chain on which it arrived."""
    nonce: int
    covered_by: tuple[int, ...]
    """Nonces of messages towards that chain which make it good, together exactly."""


def reissue_of(nonce: int) -> int:
    """The nonce under which a message is attested whose own is used up."""
    return nonce + REISSUE


def reissued_from(nonce: int) -> int | None:
    """The nonce that this one is the reissue of; None for one that a gate gave."""
    return nonce - REISSUE if nonce >= REISSUE else None
