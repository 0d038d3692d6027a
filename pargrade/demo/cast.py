"""Who takes part in the demo, and with which of the well-known development keys."""

from dataclasses import dataclass
from typing import Final

from pargrade.chain.devnet import devnet_keys
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key

_KEYS: Final = devnet_keys()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or service with a key."""

    name: str
    number: int
    """Which development key, from 0: what nodes name their key by."""

    @property
    def key(self) -> Key:
        """The actor's key."""
        return _KEYS[self.number]

    @property
    def address(self) -> Address:
        """The actor's account."""
        return self.key.address


ADMIN: Final = Actor("admin", 0)
CURATOR: Final = Actor("curator", 1)
GUARDIAN: Final = Actor("guardian", 2)
KEEPER: Final = Actor("keeper", 3)
DESK: Final = Actor("desk", 4)
REPORTERS: Final = tuple(Actor(f"reporter {n}", 4 + n) for n in range(1, 6))
AURORA: Final = Actor("Aurora (A100 hours)", 10)
EXALINE: Final = Actor("Exaline (EFLOPs)", 11)
LUMEN: Final = Actor("Lumen (tokens)", 12)
CHAT: Final = Actor("Chat team", 13)
SEARCH: Final = Actor("Search team", 14)
VISION: Final = Actor("Vision team", 15)

HOLDERS: Final = (AURORA, EXALINE, LUMEN, CHAT, SEARCH, VISION)
NAMES: Final[dict[str, str]] = {
    actor.address: actor.name
    for actor in (ADMIN, CURATOR, GUARDIAN, KEEPER, DESK, *REPORTERS, *HOLDERS)
}
