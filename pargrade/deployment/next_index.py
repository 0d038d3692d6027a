"""The index that may follow today's: created beside it under the same governance, and seated.

It has today's names, whether it is of replayed history, and unless told otherwise today's limits.
Where it is follows from these and a salt (CREATE2), so that whoever asks again finds it there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pargrade.bindings.governance import Governance
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.structs import Limits
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import At, Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import NO_SALT, address_by
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.chain.simulation import Message
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import OtherReporters, place_all
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.front import (
    IndexPhase,
    led_on,
    version_of,
)
from pargrade.deployment.governed import Governed, permit_all
from pargrade.deployment.plan import Reporters, limits_of
from pargrade.deployment.rehearsal import creation_messages, rehearse
from pargrade.deployment.transactions import Step, carry_out
from pargrade.deployment.wiring import function_role_calls
from pargrade.errors import PargradeError
from pargrade.spot_index.quorum import IndexVersion


class NeverHadARound(PargradeError):
    """An index that nothing can follow, as nobody can tell whether it is of replayed history."""

    hint = "Lead on an index that runs. One that never had a round is deployed anew instead."

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"today's index never had a round of {', '.join(names)}")


class MixedHistory(PargradeError):
    """An index of version 1 whose newest rounds are partly of replayed history."""

    hint = "Have its reporters report all indices live, or all replayed, and ask again."

    def __init__(self) -> None:
        super().__init__("some of today's indices were last replayed and others live")


class SameIndex(PargradeError):
    """A next index that would be one there was."""

    hint = "Another --salt is another instance of the same contract."

    def __init__(self, index: Address) -> None:
        self.index = index
        super().__init__(f"with these terms the next index would be {index}, today's")


@dataclass(frozen=True, slots=True)
class IndexTerms:
    """What an index of the second version is created with."""

    grid: int
    flags: int
    names: tuple[str, ...]
    limits: tuple[Limits, ...]

    @classmethod
    def of_present(cls, chain: Chain, address: Address, block: At) -> "IndexTerms":
        """As today's index has them; of version 1 as `deploy` makes limits of a timing.

        Raises NeverHadARound, MixedHistory.
        """
        index = SpotIndex(chain, address)
        names, timing = index.index_names(block=block), index.timing(block=block)
        rounds = [index.latest(number, block=block) for number in range(len(names))]
        never = tuple(name for name, each in zip(names, rounds, strict=True) if not each.slot)
        if never:
            raise NeverHadARound(never)
        flags = {each.flags for each in rounds}
        if len(flags) > 1:
            raise MixedHistory
        if version_of(chain, address, block) is IndexVersion.COMMON_REPORT:
            second = SpotIndexV2(chain, address)
            limits = tuple(second.limits_of(number, block=block) for number in range(len(names)))
        else:
            limits = (limits_of(timing),) * len(names)
        return cls(timing.grid, flags.pop(), names, limits)

    def limited(self, **changes: int | None) -> "IndexTerms":
        """With other limits of all indices, where one is given; seconds."""
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(self, limits=tuple(replace(each, **given) for each in self.limits))

    def creation(self, authority: Address) -> Call[None]:
        """Of the contract."""
        return SpotIndexV2.deploy(authority, self.grid, self.flags, self.names, self.limits)


@dataclass(frozen=True, slots=True)
class NextIndex:
    """What becomes of the next index, and where it will be."""

    chain: Chain
    present: Deployment
    phase: IndexPhase
    """The one in force, of the present index."""
    terms: IndexTerms
    reporters: Reporters
    salt: bytes = NO_SALT

    def __post_init__(self) -> None:
        if self.address == self.phase.index:
            raise SameIndex(self.address)

    @property
    def governance(self) -> Governance:
        """Of the deployment."""
        return Governance(self.chain, self.present.address(Governance.NAME))

    @property
    def creation(self) -> Call[None]:
        """Of its contract."""
        return self.terms.creation(self.governance.address)

    @property
    def address(self) -> Address:
        """Where it is, or will be."""
        return address_by(self.creation, self.salt)

    @property
    def contract(self) -> SpotIndexV2:
        """As a contract, whether it is there or not."""
        return SpotIndexV2(self.chain, self.address)

    def is_there(self) -> bool:
        """Whether it was created."""
        return bool(self.chain.code(self.address, block=Tag.LATEST))

    def is_seated(self) -> bool:
        """Whether it has the reporters wanted; False before it has any. Raises OtherReporters."""
        if not self.is_there():
            return False
        config, wanted = self.contract.reporter_config(block=Tag.LATEST), self.reporters
        found = (config.quorum, config.method_hash, config.reporters)
        if config.epoch and found != (wanted.quorum, wanted.method_hash, wanted.addresses):
            raise OtherReporters(self.address)
        return config.epoch != 0

    def missing_calls(self) -> Iterator[Call[Any]]:
        """What the admin has still to do: roles of its functions, and its reporters."""
        yield from function_role_calls(self.governance, {SpotIndexV2.NAME: self.address})
        if not self.is_seated():
            wanted = self.reporters
            yield self.contract.set_reporters(wanted.quorum, wanted.method_hash, wanted.addresses)

    def file(self) -> Deployment:
        """The deployment as members of the next index read it, once that was created."""
        last = self.chain.head().number
        # The first thing that it says is who may seat its reporters.
        first = self.chain.logs([self.address], first=self.present.block, last=last)[0]
        artifact = load_artifact(SpotIndexV2.NAME)
        placed = DeployedContract(self.address, first.block_number, artifact.input_hash)
        return led_on(self.present, self.phase.number, placed)


@dataclass(frozen=True, slots=True)
class Provided:
    """What one run did for the next index, or in a dry run would do."""

    created: bool
    """Whether its contract was missing."""
    permitted: tuple[Governed, ...]
    steps: tuple[Step, ...]
    """Of the admin; empty in a dry run."""
    gas: int | None
    """Units, simulated; None where the endpoint cannot simulate."""

    @property
    def waiting(self) -> tuple[Governed, ...]:
        """What is scheduled, now or before, and not due."""
        return tuple(each for each in self.permitted if not each.is_made)


def provide(wallet: Wallet, wanted: NextIndex, *, dry_run: bool) -> Provided:
    """Creates the next index where it is missing, and seats its reporters as far as may be now.

    A delayed admin schedules the seat, and makes it by a later call once it is due. Everything is
    rehearsed before anything is sent. Raises LacksRole, OtherReporters, NoFactory,
    UnfundedWallet, the contracts' own refusals.
    """
    is_missing = not wanted.is_there()
    permitted = permit_all(wanted.governance, wallet.address, wanted.missing_calls())
    calls = [each.call for each in permitted if each.call is not None]
    messages = [
        *creation_messages(wallet, [wanted.creation], wanted.salt),
        *(Message(call, wallet.address) for call in calls),
    ]
    gas = rehearse(wallet, messages)
    steps: tuple[Step, ...] = ()
    if not dry_run:
        place_all(wallet, [wanted.creation], wanted.salt)
        steps = carry_out(wallet, calls) if calls else ()
    return Provided(is_missing, permitted, steps, gas)


def reporters_of(chain: Chain, index: Address) -> tuple[Address, ...]:
    """Who reports to an index now, in the order of its set."""
    return SpotIndex(chain, index).reporter_config(block=Tag.LATEST).reporters
