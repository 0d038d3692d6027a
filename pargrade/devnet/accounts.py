"""Who acts on a development chain, each with one of its well-known keys."""

from dataclasses import dataclass
from typing import Final

from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.devnet.anvil import devnet_keys

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

COUNCIL: Final = Actor("council", 17)

RELAY: Final = Actor("relay", 18)

MAKER: Final = Actor("maker", 19)

REPORTERS: Final = tuple(Actor(f"reporter {n}", 4 + n) for n in range(1, 6))
