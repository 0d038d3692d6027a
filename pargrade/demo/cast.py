"""Who takes part in the demo, and with which of the well-known development keys."""

from typing import Final

from pargrade.devnet.accounts import (
    ADMIN,
    COUNCIL,
    CURATOR,
    DESK,
    GUARDIAN,
    KEEPER,
    REPORTERS,
    Actor,
)

AURORA: Final = Actor("Aurora (A100 hours)", 10)
EXALINE: Final = Actor("Exaline (EFLOPs)", 11)
LUMEN: Final = Actor("Lumen (tokens)", 12)
CHAT: Final = Actor("Chat team", 13)
SEARCH: Final = Actor("Search team", 14)
VISION: Final = Actor("Vision team", 15)
ASSIST: Final = Actor("Assist team", 17)
"""Its use grows, and its pipeline buys over a relay."""
AUDIO: Final = Actor("Audio team", 16)
"""Buys its compute at the index, month by month, and never comes to the market."""

HOLDERS: Final = (AURORA, EXALINE, LUMEN, CHAT, SEARCH, VISION, ASSIST)
NAMES: Final[dict[str, str]] = {
    actor.address: actor.name
    for actor in (ADMIN, CURATOR, GUARDIAN, COUNCIL, KEEPER, DESK, *REPORTERS, *HOLDERS, AUDIO)
}
