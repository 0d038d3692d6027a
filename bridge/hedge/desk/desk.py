"""A team's hedging desk: the same for commands, schedulers and pipelines.

    with HedgeDesk.open(policy, folder, relay_url=…, rpc_url=…, key=key) as desk:
        market = desk.market()
        planned = desk.plan(exposure, market)
        outcome = desk.apply(planned.plan.hash, exposure)

The folder has the plans, the approvals and the log. Nothing is kept anywhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.hedge.desk.carrying import Carrier, PlanCase, judge
from bridge.hedge.desk.market_reader import exchange_of, read_lanes, read_market
from bridge.hedge.desk.outcome import Outcome
from bridge.hedge.exposure.exposure import Exposure
from bridge.hedge.forecast.outlook import Outlook
from bridge.hedge.intake.plan_files import read_approvals, read_plan, write_document
from bridge.hedge.log.file import LOG_NAME, HedgeLog
from bridge.hedge.plan.from_exposure import Planned, plan_exposure
from bridge.hedge.plan.policy import MarketSnapshot, PaidMonth, Policy
from bridge.hedge.trade.approval import Approval, approval_domain
from bridge.hedge.trade.exits import ExitPlan, exit_lane, plan_exit, series_named
from bridge.hedge.trade.lane import lane_of, next_place
from bridge.hedge.trade.market_now import MarketNow
from bridge.hedge.trade.objection import Objection
from bridge.hedge.trade.signed import lane_in
from bridge.hedge.trade.wanted import Wanted, wanted_of
from bridge.orders.client.client import RelayClient
from pargrade.bindings.structs import Side
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key, Signer
from pargrade.chain.typed_data import Domain
from pargrade.deployment.session import Session, open_session
from pargrade.errors import PargradeError

_WAIT_S: Final = 30.0


class DeskWithoutKey(PargradeError):
    """A desk that was opened to look was asked to send."""

    hint = "Open the desk with the key that signs its orders."

    def __init__(self, account: Address) -> None:
        self.account = account
        super().__init__(f"the desk of {account} has no key")


@dataclass(frozen=True, slots=True)
class HedgeDesk:
    """One team at one relay."""

    policy: Policy
    folder: Path
    session: Session
    relay: RelayClient
    account: Address
    key: Key | None = None
    """What signs orders; a desk without one plans, judges and reports."""
    wait_s: float = _WAIT_S
    """How long an order is waited for on the chain."""

    @classmethod
    @contextmanager
    def open(
        cls,
        policy: Policy,
        folder: Path,
        *,
        relay_url: str,
        rpc_url: str,
        account: Address,
        deployment: Path | None = None,
        key: Key | None = None,
        wait_s: float = _WAIT_S,
    ) -> Iterator["HedgeDesk"]:
        """Raises RpcDown, NoDeployment, WrongChain."""
        session = open_session(rpc_url, deployment)
        with RelayClient(relay_url) as relay:
            yield cls(policy, folder, session, relay, account, key, wait_s)

    @property
    def log_path(self) -> Path:
        """Of the log."""
        return self.folder / LOG_NAME

    @property
    def domain(self) -> Domain:
        """For whom approvals of this desk's plans are signed."""
        return approval_domain(self.session.chain.chain_id, exchange_of(self.session).address)

    def now(self, wanted: Wanted | None = None) -> MarketNow:
        """The market, with the lanes of a plan's orders. Raises RelayDown, ChainError."""
        orders = () if wanted is None else wanted.orders
        lanes = [lane_in(wanted.team, order) for order in orders] if wanted else []
        return read_market(self.session, self.relay, self.policy.team, self.account, lanes)

    def market(self, prices: tuple[PaidMonth, ...] = ()) -> MarketSnapshot:
        """The market as a plan takes it, with past prices that only the team knows."""
        return self._snapshot(self.now(), prices)

    def plan(
        self, exposure: Exposure, market: MarketSnapshot, outlook: Outlook | None = None
    ) -> Planned:
        """A plan, written into the folder. Raises UnfitHistory, RunawayForecast."""
        planned = plan_exposure(exposure, self.policy, market, outlook)
        write_document(planned.plan.to_json(), self.folder)
        return planned

    def plan_exit(
        self,
        series: str,
        lots: int | None = None,
        limits: tuple[int, int] = (0, 0),
        far: str | None = None,
    ) -> ExitPlan:
        """A plan to sell lots, or to roll them into `far`, written into the folder."""
        now = self.now()
        near = series_named(now, series)
        later = None if far is None else series_named(now, far)
        number = exit_lane(self.policy.team, near, later)
        [lane] = read_lanes(
            self.session, self.account, [number], self.session.chain.head()
        ).values()
        found = plan_exit(self.policy, now, lane, near, lots, limits, later)
        write_document(found.to_json(), self.folder)
        return found

    def approve(self, plan: str, until: int, signer: Signer) -> Approval:
        """Another person's yes to a plan of the folder. Raises NotAPlan."""
        self.document(plan)
        return Approval.sign(plan, until, self.domain, signer)

    def document(self, plan: str) -> dict[str, Any]:
        """A plan's document by its hash. Raises NotAPlan."""
        return read_plan(self.folder / f"{plan}.json")

    def judge(
        self,
        plan: str,
        exposure: Exposure | None,
        prices: tuple[PaidMonth, ...] = (),
        outlook: Outlook | None = None,
    ) -> list[Objection]:
        """Everything that stands against carrying out a plan now; nothing is written."""
        log = HedgeLog.read(self.log_path)
        return judge(self._case(plan, exposure, prices, outlook), log)

    def apply(
        self,
        plan: str,
        exposure: Exposure | None = None,
        prices: tuple[PaidMonth, ...] = (),
        outlook: Outlook | None = None,
    ) -> Outcome:
        """Carries out a plan; again, it goes on or changes nothing. An exit needs no exposure.

        Raises DeskWithoutKey, PlanRefused, NotAPlan, LogInUse, BrokenLog, ForeignKey, RelayDown,
        ChainError.
        """
        if self.key is None:
            raise DeskWithoutKey(self.account)
        carrier = Carrier(self.session, self.relay, self.key, self.wait_s)
        with HedgeLog.writing(self.log_path) as log:
            return carrier.carry_out(self._case(plan, exposure, prices, outlook), log)

    def _case(
        self,
        plan: str,
        exposure: Exposure | None,
        prices: tuple[PaidMonth, ...],
        outlook: Outlook | None,
    ) -> PlanCase:
        document = self.document(plan)
        wanted = wanted_of(document)
        now = self.now(wanted)
        today = None
        if exposure is not None and not wanted.is_exit:
            today = plan_exposure(exposure, self.policy, self._snapshot(now, prices), outlook).plan
        approvals = tuple(read_approvals(self.folder, plan, self.domain))
        return PlanCase(document, today, self.policy, now, approvals, tuple(self._stops()))

    def _snapshot(self, now: MarketNow, prices: tuple[PaidMonth, ...]) -> MarketSnapshot:
        places = {
            number: next_place(now.lanes[lane_of(self.policy.team, Side.BUY, number)])
            for number in now.series
        }
        return now.snapshot(places, prices)

    def _stops(self) -> Iterator[str]:
        """Kill switches that are on; a file that cannot be looked for counts as one."""
        path = self.folder / self.policy.orders.stop_file
        try:
            is_there = path.is_symlink() or path.exists()
        except OSError as failure:
            yield f"{path} cannot be looked for: {failure.strerror}"
            return
        if is_there:
            yield f"the file {path} is there"
