"""What a deployment consists of: who reports, who has which role, and the timing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pargrade.bindings.structs import Limits, Timing
from pargrade.chain.create2 import NO_SALT
from pargrade.chain.hashing import Address
from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import REPLAYED
from pargrade.spot_index.quorum import (
    IndexVersion,
    common_liars,
    common_prepares,
    common_silent,
    liars_survived,
    silent_survived,
)
from pargrade.units import CONTRACT_LOTS, Lots

DEFAULT_TIMING: Final = Timing(
    grid=60,
    heartbeat=3_600,
    grace=300,
    max_age=900,
    min_interval=300,
    deviation_bps=25,
    band_bps=2_000,
)
"""The defaults of the design: an hourly heartbeat on a one-minute grid, 20 % an hour."""

WIDE_PERCENT: Final = 50
"""Of the reporters beyond a quorum: so many more have to sign a move beyond the speed limit."""

DEFAULT_MONTH_CAP: Final = Lots(100 * CONTRACT_LOTS)
"""A hundred contracts: a cent of S is then worth 730 dollars to whoever could move it."""

ADMIN_DELAY: Final = 7 * DAY_S
"""Seconds an admin's act waits in the open, except on development chains."""

MOST_REPORTERS: Final = 32
"""Places in a report's mask of signers."""


class BadReporters(PargradeError):
    """Reporters the contract would refuse."""

    hint = f"Name 1 to {MOST_REPORTERS} different reporters."


class UnusedLimits(PargradeError):
    """Limits for an index that the plan has not, or that cannot have its own."""

    hint = "Name indices of the plan. Those of the first version all go by its timing."

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"nothing would have the limits of {', '.join(names)}")


class WeakQuorum(PargradeError):
    """A quorum the contract would refuse, or that protects against nothing."""

    def __init__(self, quorum: int, reporters: int, version: IndexVersion) -> None:
        self.quorum = quorum
        self.reporters = reporters
        self.version = version
        self.hint = _usable_quorum(reporters, version)
        super().__init__(f"a quorum of {quorum} among {reporters} reporters is not usable")


@dataclass(frozen=True, slots=True)
class Reporters:
    """Who signs observations. Tolerates `liars` and `silent` reporters, computed from the sizes."""

    addresses: tuple[Address, ...]
    quorum: int
    """Signatures a round needs."""
    method_hash: bytes
    index_version: IndexVersion = IndexVersion.OBSERVATIONS

    def __post_init__(self) -> None:
        count = len(self.addresses)
        if len(set(self.addresses)) < count:
            raise BadReporters("a reporter is named twice")
        if count > MOST_REPORTERS:
            raise BadReporters(f"{count} reporters are more than {MOST_REPORTERS}")
        if not self._is_usable():
            raise WeakQuorum(self.quorum, count, self.index_version)

    @property
    def liars(self) -> int:
        """Dishonest reporters a value survives."""
        if self.index_version is IndexVersion.COMMON_REPORT:
            return common_liars(len(self.addresses))
        return liars_survived(self.quorum)

    @property
    def silent(self) -> int:
        """Silent reporters the index survives."""
        if self.index_version is IndexVersion.COMMON_REPORT:
            return common_silent(len(self.addresses), self.quorum)
        return silent_survived(len(self.addresses), self.quorum)

    def _is_usable(self) -> bool:
        count = len(self.addresses)
        if self.index_version is IndexVersion.COMMON_REPORT:
            liars = common_liars(count)
            return liars < self.quorum <= count - liars
        return self.quorum % 2 == 1 and count < 2 * self.quorum <= 2 * count


def limits_of(timing: Timing) -> Limits:
    """What an index of the second version may do that goes by the timing of a first one."""
    return Limits(
        heartbeat=timing.heartbeat,
        grace=timing.grace,
        min_interval=timing.min_interval,
        deviation_bps=timing.deviation_bps,
        band_bps=timing.band_bps,
        wide_percent=WIDE_PERCENT,
    )


def default_quorum(reporters: int, version: IndexVersion = IndexVersion.OBSERVATIONS) -> int:
    """The least odd quorum of more than half; of a common report, as many as have to prepare it."""
    if version is IndexVersion.COMMON_REPORT:
        return common_prepares(reporters)
    return (reporters // 2 + 1) | 1


def _usable_quorum(reporters: int, version: IndexVersion) -> str:
    if version is IndexVersion.COMMON_REPORT:
        liars = common_liars(reporters)
        return f"Take {liars + 1} to {reporters - liars} signatures of {reporters} reporters."
    return "Take an odd quorum of more than half the reporters, such as 3 of 5 or 5 of 7."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to deploy. `admin` takes over from the deploying wallet behind `admin_delay` seconds."""

    reporters: Reporters
    curators: tuple[Address, ...]
    guardians: tuple[Address, ...]
    council: tuple[Address, ...] = ()
    """Who stops what crosses between chains, at once; see `pargrade.deployment.council`."""
    quote_token: Address | None = None
    """None puts a six-decimal test token on the chain."""
    admin: Address | None = None
    """None leaves the deploying wallet in charge, without delay: for development chains."""
    admin_delay: int = ADMIN_DELAY
    timing: Timing = DEFAULT_TIMING
    """Of every index; the second version takes grid times three for `max_age`."""
    own_limits: Mapping[str, Limits] = field(default_factory=dict)
    """By name: of the indices of a second version that do not go by `timing`."""
    indices: tuple[str, ...] = ("SCU / USD",)
    replayed: bool = False
    """Whether the second version takes replayed history and nothing else; the first takes both."""
    phased: bool = False
    """Whether markets and feeds read the index through a PhasedIndex, which another may follow."""
    salt: bytes = NO_SALT
    """32 bytes; another salt is another instance of the same contracts."""
    month_cap: Lots = DEFAULT_MONTH_CAP
    """Most lots of all BANDED series of one index in one month; 0 for none."""

    def __post_init__(self) -> None:
        is_second = self.reporters.index_version is IndexVersion.COMMON_REPORT
        unused = tuple(
            each for each in self.own_limits if each not in self.indices or not is_second
        )
        if unused:
            raise UnusedLimits(unused)

    @property
    def flags(self) -> int:
        """Of every report that the second version takes."""
        return REPLAYED if self.replayed else 0

    @property
    def limits(self) -> tuple[Limits, ...]:
        """What each index of the second version may do."""
        each = limits_of(self.timing)
        return tuple(self.own_limits.get(name, each) for name in self.indices)
