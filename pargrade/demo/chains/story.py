"""The demo over two chains itself: wrap, carry, trade, settle, carry back."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pargrade import deployment as pg
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.demo.chains.stage import (
    BRIDGED,
    BUYER,
    GRADE,
    REMOTE_CHAIN,
    SERIES,
    ChainsStage,
    build,
)
from pargrade.demo.chains.summary import sum_up
from pargrade.deployment.grade_listing import list_grade, record_grade
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import CURATOR, DESK, KEEPER, Actor
from pargrade.devnet.rounds import pass_finality, record_rounds
from pargrade.grade.file import DEVNET_GRADES, load_terms
from pargrade.units import CONTRACT_LOTS, SCU, Price, Scu

GENESIS: Final = 1_774_915_200
"""2026-03-31T00:00:00Z."""
DAYS: Final = 2
"""Of delivery: a short month, with a round every hour."""
WRAPPED_TOKENS: Final = 8_000
_HOUR_S: Final = 3_600
_QUOTE: Final = 100_000 * 10**6
_BEFORE: Final = Price.parse("2.31")
_AFTER: Final = Price.parse("2.50")

Progress = Callable[[str], None]


def play_on_chains(folder: Path, running: ExitStack, progress: Progress) -> dict[str, Any]:
    """Runs everything, and returns the summary, read back from both chains."""
    progress("Two chains: contracts on both, a route, five attesters, a carrier and a watcher")
    stage = running.enter_context(build(folder, GENESIS))
    record_rounds(stage.remote, stage.remote_chain, [GENESIS + _HOUR_S], _BEFORE)
    progress("The desk wraps tokens at home, and sends most of the units to the other chain")
    grade = pg.WrappedGrade.read(stage.home, GRADE)
    desk = Wallet(stage.home.chain, DESK.key)
    tokens = WRAPPED_TOKENS * 10**grade.token.decimals
    pg.carry_out(desk, grade.wrap_calls(DESK.address, tokens))
    wrapped = grade.unit.held_by(DESK.address, Tag.LATEST)
    out = _send(stage, wrapped * 4 // 5, REMOTE_CHAIN, DESK)
    progress("There a grade of them is listed; the desk sells a contract to a team, and it settles")
    representation = parse_address(stage.ask("route", "show")["remote"]["token"])
    remote = _list_bridged(stage.remote, representation)
    remote = _trade(stage, remote)
    progress("Both unwrap what they have; the desk sends all of it home, and the team a half")
    returns = []
    for actor, part in ((DESK, 1), (BUYER, 2)):
        held = _unwrap_all(remote, actor)
        returns.append(_send(stage, held // part, stage.home.chain.chain_id, actor))
    audit = stage.ask("audit")[0]
    return sum_up(stage, remote, wrapped, [out, *returns], audit)


def _send(stage: ChainsStage, amount: int, to: int, actor: Actor) -> dict[str, Any]:
    """Sends units by the command, and follows them until they arrived."""
    tokens = f"{amount // SCU}.{amount % SCU:018d}"
    return dict(
        stage.ask("send", tokens, "--to", str(to), "--patience", "300", actor=actor)
        | {"units": str(amount), "from": actor.name}
    )


def _list_bridged(session: Session, token: Address) -> Session:
    """Lists the units that crossed as a grade whose token is an SCU itself."""
    terms = load_terms(DEVNET_GRADES / "a100-gpu-hour.toml", token)
    terms = replace(
        terms,
        decimals=18,
        quantity=terms.quantity * SCU // terms.scu_per_token,
        scu_per_token=Scu(SCU),
        valid_until=GENESIS + 365 * DAY_S,
    )
    curator = Wallet(session.chain, CURATOR.key)
    deployment = list_grade(curator, session.deployment, terms, "Pargrade bridged unit", BRIDGED)
    record_grade(session, BRIDGED, deployment.grade(BRIDGED))
    return replace(session, deployment=deployment)


def _trade(stage: ChainsStage, remote: Session) -> Session:
    """A contract from its listing to its payouts; the deployment file names the series then."""
    chain = stage.remote_chain
    desk, curator, keeper, buyer = (
        Wallet(chain, actor.key) for actor in (DESK, CURATOR, KEEPER, BUYER)
    )
    grade = pg.WrappedGrade.read(remote, BRIDGED)
    held = grade.token.held_by(DESK.address, Tag.LATEST)
    pg.carry_out(desk, grade.wrap_calls(DESK.address, held))
    start, expiry = GENESIS + DAY_S, GENESIS + (1 + DAYS) * DAY_S
    quote = remote.deployment.quote_token
    terms = SeriesTerms(
        index=0,
        start=start,
        expiry=expiry,
        reference_price=_BEFORE,
        low=0,
        high=0,
        quote_token=quote,
        style=Style.NET,
        units=(grade.contract.address,),
        cap_lots=(CONTRACT_LOTS,),
    )
    session = pg.list_series(remote, curator, SERIES, terms).session
    market = FuturesMarket(chain, session.deployment.address("FuturesMarket"))
    dollars = TestToken(chain, quote)
    calls: tuple[Call[Any], ...] = (
        dollars.mint(BUYER.address, _QUOTE),
        dollars.approve(market.address, _QUOTE),
        market.set_operator(DESK.address, True),
    )
    pg.carry_out(buyer, calls)
    series = pg.ListedSeries.read(session, SERIES, chain.head())
    pair = pg.Pair(session, series, 0, CONTRACT_LOTS, long=BUYER.address, short=DESK.address)
    pg.carry_out(desk, pair.open_calls(DESK.address))
    record_rounds(session, chain, range(start, expiry + 1, _HOUR_S), _AFTER)
    pass_finality(session, chain, expiry)
    pg.carry_out(keeper, pg.settle_calls(session, series))
    chain.advance(chain.head().timestamp + DAY_S + 1)
    pg.carry_out(keeper, pg.settle_calls(session, series))
    series = pg.ListedSeries.read(session, SERIES, chain.head())
    for wallet in (desk, buyer):
        pg.carry_out(wallet, pg.redeem_calls(session, series, wallet.address))
    return session


def _unwrap_all(remote: Session, actor: Actor) -> int:
    """Turns an actor's units into representations. Returns how many it has then."""
    grade = pg.WrappedGrade.read(remote, BRIDGED)
    units = grade.unit.held_by(actor.address, Tag.LATEST)
    pg.carry_out(Wallet(remote.chain, actor.key), grade.unwrap_calls(actor.address, units))
    return grade.token.held_by(actor.address, Tag.LATEST)
