"""Leads what reads a running index on to the next one, from a midnight on, or takes that back.

Each run does what can be done now: it schedules the admin's call, makes it once it is due, and says
from when the phase is in force. What the contract will ask is looked at before anything is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pargrade.bindings.governance import Governance
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S, HOUR_S
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.follow_stage import (
    BadStart,
    Led,
    NothingToWithdraw,
    OtherPending,
    Stage,
    TooLate,
)
from pargrade.deployment.front import (
    INDEX,
    IndexPhase,
    StaleFile,
    led_on,
    phase_at,
    read_phases,
    require_front,
    with_follower,
    without_follower,
)
from pargrade.deployment.governed import permit, scheduled_for
from pargrade.deployment.readiness import require_ready
from pargrade.deployment.transactions import Step, carry_out
from pargrade.text import moment

NOTICE_S: Final = 30 * DAY_S
"""So far ahead a phase may begin at most, as the contract has it."""

_TO_MAKE_S: Final = DAY_S
"""Least time between when a scheduled call is due and the midnight that it names."""

OpenWallet = Callable[[], Wallet]


@dataclass(frozen=True, slots=True)
class Following:
    """A deployment, and the index that is to follow in it."""

    chain: Chain
    deployment: Deployment
    follower: Deployment
    """The deployment as members of the next index read it."""

    @property
    def front(self) -> PhasedIndex:
        """What markets and feeds read. Raises NoFront."""
        return require_front(self.chain, self.deployment)

    @property
    def entry(self) -> DeployedContract:
        """The next index."""
        return self.follower.contract(INDEX)

    def lead_on(
        self,
        open_wallet: OpenWallet,
        asked: int | None,
        *,
        dry_run: bool,
        require: Callable[[], None] = lambda: None,
    ) -> Led:
        """Brings the follow as far as it can be now; `asked` is a midnight, else the next possible.

        `require` is asked for what else has to hold of the next index, before the key. A key is
        opened only where something is to be sent. Raises NotReady, BadStart, OtherPending, NoFront,
        StaleFile, LacksRole, and what `require` and carrying out raise.
        """
        standing = self._standing(asked)
        if standing is not None:
            return standing
        present = self._present()
        require_ready(self.chain, present.index, self.follower)
        require()
        wallet = open_wallet()
        start, due = self._chosen_start(wallet.address, asked)
        call = self.front.follow(self.entry.address, start)
        permitted = permit(self._governance, wallet.address, call)
        steps: tuple[Step, ...] = ()
        if permitted.call is not None:
            steps = carry_out(wallet, [permitted.call], dry_run=dry_run)
        number = present.number + 1
        if permitted.is_made and not dry_run:
            file = with_follower(self.deployment, number, self.entry)
            return Led(Stage.PENDING, number, start, 0, steps, file)
        stage = Stage.POSSIBLE if dry_run and not due else Stage.SCHEDULED
        return Led(stage, number, start, permitted.due_at or due, steps, self.deployment)

    def withdraw(self, open_wallet: OpenWallet, *, dry_run: bool) -> Led:
        """Takes back what is pending, or cancels what is scheduled.

        Raises TooLate, NothingToWithdraw, LacksRole, and what carrying out raises.
        """
        wallet, pending = open_wallet(), self._pending()
        if pending is None:
            return self._cancel(wallet, dry_run=dry_run)
        permitted = permit(self._governance, wallet.address, self.front.withdraw())
        if permitted.due_at >= pending.start:
            raise TooLate(pending.start, permitted.due_at)
        steps: tuple[Step, ...] = ()
        if permitted.call is not None:
            steps = carry_out(wallet, [permitted.call], dry_run=dry_run)
        if permitted.is_made and not dry_run:
            file = without_follower(self.deployment, pending.number)
            return Led(Stage.WITHDRAWN, pending.number, 0, 0, steps, file)
        stage = Stage.PENDING if dry_run and permitted.call is not None else Stage.WITHDRAWING
        start = pending.start
        return Led(stage, pending.number, start, permitted.due_at, steps, self.deployment)

    def is_old_final(self, led: Led) -> bool:
        """Whether the index before has answered all that it will be asked: it may be stopped."""
        before = read_phases(self.chain, self.deployment, Tag.LATEST)[led.number - 2]
        return SpotIndex(self.chain, before.index).is_final(led.start, block=Tag.LATEST)

    @property
    def _governance(self) -> Governance:
        return Governance(self.chain, self.deployment.address(Governance.NAME))

    def _present(self) -> IndexPhase:
        block = self._pending_block()
        return phase_at(read_phases(self.chain, self.deployment, Tag.LATEST), block.timestamp)

    def _pending(self) -> IndexPhase | None:
        """The phase that has not begun."""
        last = read_phases(self.chain, self.deployment, Tag.LATEST)[-1]
        return last if last.start > self._pending_block().timestamp else None

    def _pending_block(self) -> BlockStamp:
        return self.chain.block(Tag.PENDING)

    def _standing(self, asked: int | None) -> Led | None:
        """How far it is where nothing is left to send; None where something is."""
        _ = self.front
        present, pending, address = self._present(), self._pending(), self.entry.address
        if pending is not None:
            if pending.index != address:
                raise OtherPending(
                    f"index {pending.index} is to follow from {moment(pending.start)} on, "
                    f"not {address}",
                    "Take that one back first, with --withdraw, or name its file with --next.",
                )
            if asked not in (None, pending.start):
                raise OtherPending(
                    f"it follows from {moment(pending.start)} on already",
                    "Leave --from away, or take it back first, with --withdraw.",
                )
            file = with_follower(self.deployment, pending.number, self.entry)
            return Led(Stage.PENDING, pending.number, pending.start, 0, (), file)
        numbers = {
            phase.index: phase.number
            for phase in read_phases(self.chain, self.deployment, Tag.LATEST)
        }
        if present.index == address and present.number > 1:
            file, filed = self.deployment, self.deployment.address(INDEX)
            if filed != address:
                if filed not in numbers:
                    raise StaleFile(filed, address)
                file = led_on(self.deployment, numbers[filed], self.entry)
            return Led(Stage.IN_FORCE, present.number, present.start, 0, (), file)
        if address in numbers:
            is_todays = numbers[address] == present.number
            raise OtherPending(
                f"index {address} is {'of today' if is_todays else 'followed by another already'}",
                "Make the one that is to follow now: `pargrade index next`.",
            )
        if present.index != self.deployment.address(INDEX):
            raise StaleFile(self.deployment.address(INDEX), present.index)
        return None

    def _chosen_start(self, caller: Address, asked: int | None) -> tuple[int, int]:
        """A midnight, and when the call that names it is due where it is scheduled; else 0."""
        now = self._pending_block().timestamp
        may = self._governance.can_call(
            caller, self.front.address, PhasedIndex.SELECTORS["follow"], block=Tag.LATEST
        )
        if may.delay:
            scheduled = self._scheduled(caller, now, now + may.delay + NOTICE_S)
            if scheduled is not None:
                if asked not in (None, scheduled[0]):
                    raise OtherPending(
                        f"it is scheduled to follow from {moment(scheduled[0])} on",
                        "Leave --from away, or take it back first, with --withdraw.",
                    )
                return scheduled
        due = now + may.delay
        # A transaction takes its time, and a person who waited for days some more.
        earliest = _next_midnight(due + (_TO_MAKE_S if may.delay else HOUR_S))
        latest = (due + NOTICE_S) // DAY_S * DAY_S
        if asked is None:
            return earliest, 0
        if asked % DAY_S or not due < asked <= latest:
            raise BadStart(asked, earliest, latest)
        return asked, 0

    def _scheduled(self, caller: Address, now: int, latest: int) -> tuple[int, int] | None:
        """The midnight of the follow that a caller has scheduled, and when it is due."""
        for start in range(_next_midnight(now), latest + 1, DAY_S):
            call = self.front.follow(self.entry.address, start)
            due = scheduled_for(self._governance, caller, call)
            if due:
                return start, due
        return None

    def _cancel(self, wallet: Wallet, *, dry_run: bool) -> Led:
        front, now = self.front, self._pending_block().timestamp
        present = self._present()
        if present.index == self.entry.address:
            raise TooLate(present.start, 0)
        may = self._governance.can_call(
            wallet.address, front.address, PhasedIndex.SELECTORS["follow"], block=Tag.LATEST
        )
        scheduled = self._scheduled(wallet.address, now, now + may.delay + NOTICE_S)
        if scheduled is None:
            raise NothingToWithdraw
        call = front.follow(self.entry.address, scheduled[0])
        cancel = self._governance.cancel(wallet.address, front.address, call.data)
        steps = carry_out(wallet, [cancel], dry_run=dry_run)
        file = without_follower(self.deployment, present.number + 1)
        stage = Stage.SCHEDULED if dry_run else Stage.WITHDRAWN
        return Led(stage, present.number + 1, 0, 0, steps, self.deployment if dry_run else file)


def _next_midnight(time: int) -> int:
    """The first one after a time."""
    return (time // DAY_S + 1) * DAY_S
