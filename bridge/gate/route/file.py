"""Both ends of a route in one TOML file.

[home]                                     # where tokens are locked
rpc_urls = ["http://127.0.0.1:8545"]       # several, of independent operators
deployment = "deployments/31337.json"
token = "A1GH"                             # a grade's symbol for its unit, or any token's address
limit = "15000"                            # most that leaves net of what arrives in a day, and back
council = "0x…"                            # who can stop the route at once
finality = ""                              # finalized, safe, latest or a number of blocks

[remote]                                   # where they are represented
rpc_urls = ["http://127.0.0.1:8546"]
deployment = "deployments/1337.json"
limit = "15000"
council = "0x…"

[representation]                           # made where there is none; all of it may be left out
name = "Bridged unit"                      # default: as at home
symbol = "bSCU"
decimals = 18

[attesters]                                # who attests what arrives, at both ends
threshold = 3
addresses = ["0x…", "0x…", "0x…", "0x…", "0x…"]
urls = ["http://127.0.0.1:8590"]           # their APIs, for who carries

[[forgeries]]                              # none, but after a theft: docs/BRIDGING.md
chain = 1337                               # where it arrived
nonce = 1099511627777                      # which it used up
covered_by = [1099511627790]               # messages towards that chain that make it good; [] for
                                           # one of no steps

A limit is in whole tokens; a third of it may cross either way at once. Each end has its own, so a
stolen threshold takes at most the sum of both before a council stops it. The council may be left
out on development chains. `PARGRADE_ROUTE_HOME__LIMIT` in the environment overrides `limit` of
home, and so on.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict
from pydantic_settings import SettingsConfigDict

from bridge.gate.ledger.forgery import Forgery
from bridge.ledger.finality import BadFinality, Finality
from pargrade.chain.block import Tag
from pargrade.chain.development import is_development
from pargrade.settings import FILE_NAME, FilePath, StrictSettings, StrictTable, Texts, Unfit

MOST_ATTESTERS: Final = 32
"""Places in an attestation's mask of signers."""


def _some(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not all(texts) or not texts:
        raise Unfit
    return texts


def _parse_finality(text: str) -> str:
    try:
        _ = text and Finality.parse(text)
    except (BadFinality, ValueError):
        raise Unfit(hint=BadFinality.hint) from None
    return text


class EndTable(StrictTable):
    """One end of the route."""

    rpc_urls: Annotated[Texts, AfterValidator(_some)] = Field(
        description="a list of at least one URL", repr=False
    )
    deployment: FilePath = Field(description=FILE_NAME)
    token: str = ""
    limit: str
    council: str = ""
    finality: Annotated[str, AfterValidator(_parse_finality)] = Field(
        "", description="finalized, safe, latest or a number of confirmations"
    )

    def finality_on(self, chain_id: int) -> Finality:
        """The finality named, else what the chain calls final; a development chain's every block.

        Raises BadFinality.
        """
        if self.finality:
            return Finality.parse(self.finality)
        return Finality(Tag.LATEST if is_development(chain_id) else Tag.FINALIZED)


class RepresentationTable(StrictTable):
    """The token at the remote end, where the route makes it. Empty means as at home."""

    name: str = ""
    symbol: str = ""
    decimals: int | None = Field(
        default=None, ge=0, le=36, description="a whole number between 0 and 36"
    )


class AttesterTable(StrictTable):
    """Who attests, at both ends alike."""

    threshold: int = Field(ge=2, le=MOST_ATTESTERS, description="a whole number between 2 and 32")
    addresses: Texts = Field(description="a list of addresses")
    urls: Texts = Field((), description="a list of URLs")


class ForgeryTable(StrictTable):
    """A forgery that went through, and what covers it. All attesters have to name the same."""

    chain: int = Field(ge=1, lt=1 << 63, description="the id of a chain")
    nonce: int = Field(ge=0, lt=1 << 64, description="a whole number from 0 to 2**64 - 1")
    covered_by: Annotated[tuple[int, ...], Strict(False)] = Field(description="a list of nonces")


def _once(forgeries: tuple[ForgeryTable, ...]) -> tuple[ForgeryTable, ...]:
    if len({(each.chain, each.nonce) for each in forgeries}) < len(forgeries):
        raise Unfit(hint="Name each forgery once, with all that covers it.")
    return forgeries


class RouteFile(StrictSettings):
    """A route as a person writes it down."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_ROUTE_")

    home: EndTable
    remote: EndTable
    representation: RepresentationTable = RepresentationTable()
    attesters: AttesterTable
    forgeries: Annotated[tuple[ForgeryTable, ...], Strict(False), AfterValidator(_once)] = Field(
        (), description="a list of different forgeries"
    )

    @property
    def known_forgeries(self) -> tuple[Forgery, ...]:
        """As the ledger takes them."""
        return tuple(Forgery(each.chain, each.nonce, each.covered_by) for each in self.forgeries)
