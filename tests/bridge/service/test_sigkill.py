"""A keeper killed at any step and started again ends where an uninterrupted one does.

Each test starts the real command, which kills itself (SIGKILL) at the step named, starts it once
more, and compares: what everyone holds, the series, the number of transactions sent, the ledger.
"""

import ast
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import bridge
from bridge.ledger.snapshot import digest
from bridge.outbox.records import Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.chain.block import Tag
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.sending import TransactionSender
from pargrade.devnet.anvil import Devnet
from pargrade.process.failpoint import VARIABLE
from tests.support.command import run
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.service import KEEPER, open_tables, serve

pytestmark = pytest.mark.full

HOLDERS = 5
EXPIRY = MIDNIGHT + 2 * DAY

# A new database: the tables of ledger and outbox, and its version.
OPENING = ("tables-created:1", "tables-created:2", "version-written:1")
PROPOSING = (
    *OPENING,
    "journal-committed:1",
    "intent-recorded:1",
    "transaction-sent:1",
    "end-seen:1",
    "outcome-recorded:1",
    "journal-committed:2",
)
# Four acts: finalise, two pages of LONG holders, one of SHORT holders.
PAYING = (
    "journal-committed:1",
    *(
        f"{step}:{act}"
        for act in (1, 2, 3, 4)
        for step in ("intent-recorded", "transaction-sent", "end-seen", "outcome-recorded")
    ),
    "journal-committed:2",
)
SPECIAL = (
    "replacement-recorded:1",
    "journal-rolled-back:1",
    "outcome-reopened:1",
    "cancellation-recorded:1",
)

State = dict[str, Any]


@dataclass
class Stage:
    """A market, and the keeper's database, that every run starts from afresh."""

    market: Market
    folder: Path
    series: int
    uninterrupted: State = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    _snapshot: str = ""
    _runs: int = 0

    def keep(self) -> None:
        """The state and database of now are what every run starts from."""
        self._snapshot = self.market.chain.request("evm_snapshot")
        if self.database.exists():
            shutil.copy(self.database, self.template)

    def afresh(self) -> None:
        self.market.chain.request("evm_revert", self._snapshot)
        self._snapshot = self.market.chain.request("evm_snapshot")
        self._runs += 1
        if self.template.exists():
            shutil.copy(self.template, self.database)

    @property
    def template(self) -> Path:
        return self.folder / "template.db"

    @property
    def database(self) -> Path:
        return self.folder / f"run-{self._runs}.db"

    finality: str = "latest"

    def once(self, kill_at: str = "") -> CompletedProcess[str]:
        settings = self.folder / "bridge.toml"
        settings.write_text(
            f'rpc_url = "{self.market.net.url}"\n'
            f'deployment = "{self.market.write(self.folder / "deployment.json")}"\n'
            f'database = "sqlite:///{self.database}"\n'
            f'finality = "{self.finality}"\n'
            "page_size = 3\npatience = 1\n"
        )
        env = {VARIABLE: kill_at} if kill_at else None
        return run("bridge", "once", settings, "--verbose", env=env)

    def state(self) -> State:
        market = self.market
        reader = serve(market, f"sqlite:///{self.database}", key=None)
        assert reader.reconcile().mismatches == ()
        replayed, mismatches = reader.replay()
        assert mismatches == ()
        assert digest(reader.follower.ledger) == replayed
        intents = Intents(open_tables(f"sqlite:///{self.database}"), KEEPER.address)
        assert intents.open() == []
        holders = [account(number) for number in range(1, HOLDERS + 2)]
        return {
            "holdings": market.holdings(*holders, market.market.address),
            "series": market.market.series(self.series, block=Tag.LATEST),
            "transactions": market.chain.nonce(KEEPER.address, block=Tag.LATEST),
            "ledger": replayed,
            "outcomes": [(end.act, end.verdict) for end in intents.outcomes()],
        }


def expired(net: Devnet, folder: Path) -> Stage:
    market = Market.ready(net)
    series = market.list_series("A1GH")
    market.spread(series, HOLDERS)
    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 21 // 20)
    return Stage(market, folder, series)


def traced(stage: Stage) -> Stage:
    """The stage, and what an uninterrupted run does from there."""
    stage.keep()
    stage.afresh()
    done = stage.once()
    assert done.returncode == 0, done.stderr
    stage.steps = tuple(re.findall(r"step (\S+)", done.stderr))
    stage.uninterrupted = stage.state()
    return stage


@pytest.fixture(scope="module")
def proposing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield traced(expired(net, tmp_path_factory.mktemp("proposing")))


@pytest.fixture(scope="module")
def paying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Devnet(genesis=MIDNIGHT) as net:
        stage = expired(net, tmp_path_factory.mktemp("paying"))
        assert stage.once().returncode == 0
        stage.market.chain.advance(stage.market.now + DAY)
        yield traced(stage)


def killed_and_restarted(
    stage: Stage, step: str, meanwhile: Callable[[], None] = lambda: None
) -> State:
    killed = stage.once(kill_at=step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert killed.stderr.splitlines()[-1].endswith(f"step {step}")
    meanwhile()
    restarted = stage.once()
    assert restarted.returncode == 0, restarted.stderr
    return stage.state()


def test_steps__of_uninterrupted_runs__are_the_ones_killed_at(
    proposing: Stage, paying: Stage
) -> None:
    assert proposing.steps == PROPOSING
    assert paying.steps == PAYING


def test_steps__marked_in_the_source__are_all_killed_at() -> None:
    marked = set()
    bridge_folder = Path(bridge.__path__[0])
    # Those of the other rooms are killed at in the tests of these.
    others = ("orders", "gate", "hedge")
    elsewhere = {path for room in others for path in (bridge_folder / room).rglob("*.py")}
    for source in set(bridge_folder.rglob("*.py")) - elsewhere:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reached":
                marked.add(node.args[0].value)  # type: ignore[attr-defined]
    killed_at = {*PROPOSING, *PAYING, *SPECIAL} - {*OPENING}
    assert marked == {step.partition(":")[0] for step in killed_at}


@pytest.mark.parametrize("step", PROPOSING)
def test_keeper__killed_while_proposing__ends_like_an_uninterrupted_one(
    proposing: Stage, step: str
) -> None:
    proposing.afresh()
    assert killed_and_restarted(proposing, step) == proposing.uninterrupted


@pytest.mark.parametrize("step", PAYING)
def test_keeper__killed_while_paying__ends_like_an_uninterrupted_one(
    paying: Stage, step: str
) -> None:
    paying.afresh()
    assert killed_and_restarted(paying, step) == paying.uninterrupted


def test_keeper__killed_after_recording_a_replacement__ends_like_an_uninterrupted_one(
    proposing: Stage,
) -> None:
    proposing.afresh()
    chain = proposing.market.chain
    chain.pause_mining()
    ended = killed_and_restarted(proposing, "replacement-recorded:1", chain.resume_mining)
    assert ended == proposing.uninterrupted


@pytest.fixture
def reorganised(tmp_path: Path) -> Iterator[Callable[[], Stage]]:
    """Makes equal stages whose chain is no longer the one in their journal."""
    with ExitStack() as nets:

        def make() -> Stage:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            stage = expired(nets.enter_context(Devnet(genesis=MIDNIGHT)), folder)
            serve(stage.market, f"sqlite:///{stage.database}", key=None).follow()
            stage.market.reorg(2)
            stage.market.chain.advance(EXPIRY + 8 * DAY)
            return stage

        yield make


def test_keeper__killed_after_rolling_back__ends_like_an_uninterrupted_one(
    reorganised: Callable[[], Stage],
) -> None:
    uninterrupted = reorganised()
    assert uninterrupted.once().returncode == 0
    assert killed_and_restarted(reorganised(), "journal-rolled-back:1") == uninterrupted.state()


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[Callable[[], Stage]]:
    """Makes equal stages whose proposal a re-org took away; a later transaction waits for it."""
    with ExitStack() as nets:

        def make() -> Stage:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            stage = expired(nets.enter_context(Devnet(genesis=MIDNIGHT)), folder)
            chain = stage.market.chain
            chain.mine(10)
            stage.finality = "10"
            proposed = stage.once()
            assert "propose" in proposed.stdout, proposed.stderr
            chain.mine(2)
            stage.market.reorg(3)
            return stage

        yield make


def test_keeper__killed_after_an_outcome_is_open_again__ends_like_an_uninterrupted_one(
    lost: Callable[[], Stage],
) -> None:
    uninterrupted = lost()
    assert uninterrupted.once().returncode == 0
    assert killed_and_restarted(lost(), "outcome-reopened:1") == uninterrupted.state()


def test_keeper__killed_after_recording_a_cancellation__ends_like_an_uninterrupted_one(
    lost: Callable[[], Stage],
) -> None:
    def unwanted() -> Stage:
        """Someone else proposes, and a later call of the keeper, signed before, waits."""
        stage = lost()
        stage.market.do(stage.market.market.propose(stage.series))
        intents = Intents(open_tables(f"sqlite:///{stage.database}"), KEEPER.address)
        sender = TransactionSender(stage.market.chain, KEEPER, FeePolicy())
        call = stage.market.quote.approve(KEEPER.address, 1)
        signed = sender.sign(call, 1, 100_000, Fees(10**10, 10**9))
        assert call.to is not None
        intents.record("approve", call.to, call.data, 1, 100_000, signed)
        return stage

    uninterrupted = unwanted()
    assert uninterrupted.once().returncode == 0
    interrupted = unwanted()
    assert killed_and_restarted(interrupted, "cancellation-recorded:1") == uninterrupted.state()
    outcomes = uninterrupted.state()["outcomes"]
    assert [verdict for _, verdict in outcomes] == [Verdict.DROPPED, Verdict.DONE, Verdict.DONE]
