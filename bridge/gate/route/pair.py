"""Both ends of a route, opened and held against each other before anything is sent."""

from dataclasses import dataclass
from typing import Self

from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.file import RouteFile
from bridge.gate.route.terms import terms_of
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.structs import RouteTerms
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import address_by
from pargrade.chain.hashing import Address
from pargrade.deployment.token import Token
from pargrade.errors import PargradeError
from pargrade.gate.transfer import End, Route


class EndsDisagree(PargradeError):
    """The two ends of a route cannot be one route."""

    hint = "Nothing was sent. Mend the route file, or the end that is wrong."

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


@dataclass(frozen=True, slots=True)
class RoutePair:
    """A route, with its two gates."""

    file: RouteFile
    route: Route
    home: GateEnd
    remote: GateEnd
    home_token: Token
    creation: Call[None] | None
    """Makes the representation, where the file names none; it may be there already."""

    @classmethod
    def open(cls, file: RouteFile) -> Self:
        """Connects to both ends. Raises EndsDisagree, ChainError, NoDeployment, NotDeployed."""
        home = GateEnd.open(RouteSide.HOME, file.home)
        remote = GateEnd.open(RouteSide.REMOTE, file.remote)
        if home.chain.chain_id == remote.chain.chain_id:
            raise EndsDisagree((f"both ends are on chain {home.chain.chain_id}",))
        if not file.home.token:
            raise EndsDisagree(("the file names no token at home",))
        token = home.read_token(home.find_token(file.home.token))
        creation = None if file.remote.token else _creation(file, remote, token)
        address = address_by(creation) if creation else remote.find_token(file.remote.token)
        decimals = _decimals(file, remote, token, address if creation is None else None)
        route = Route(
            End(home.chain.chain_id, home.gate.address, token.contract.address, token.decimals),
            End(remote.chain.chain_id, remote.gate.address, address, decimals),
        )
        return cls(file, route, home, remote, token, creation)

    @property
    def terms(self) -> RouteTerms:
        """As the gates take them."""
        return terms_of(self.route)

    def end(self, side: RouteSide) -> GateEnd:
        """The gate of a side."""
        return self.home if side is RouteSide.HOME else self.remote

    def token_at(self, side: RouteSide) -> Address:
        """The route's token at a side."""
        return (self.route.home if side is RouteSide.HOME else self.route.remote).token

    def decimals_at(self, side: RouteSide) -> int:
        """Decimals of the token at a side."""
        return (self.route.home if side is RouteSide.HOME else self.route.remote).decimals

    @property
    def has_representation(self) -> bool:
        """Whether the remote token is on its chain."""
        return bool(self.remote.chain.code(self.route.remote.token, block=Tag.LATEST))


def _creation(file: RouteFile, remote: GateEnd, token: Token) -> Call[None]:
    wanted = file.representation
    decimals = token.decimals if wanted.decimals is None else wanted.decimals
    name = wanted.name or token.contract.name(block=Tag.LATEST)
    return BridgedToken.deploy(remote.gate.address, name, wanted.symbol or token.symbol, decimals)


def _decimals(file: RouteFile, remote: GateEnd, token: Token, named: Address | None) -> int:
    """Decimals at the remote end: of the token named there, else of the one that is to be made."""
    wanted = file.representation.decimals
    if named is None:
        return token.decimals if wanted is None else wanted
    found = remote.read_token(named).decimals
    if wanted not in (None, found):
        raise EndsDisagree((f"{named} has {found} decimals, the file says {wanted}",))
    return found
