from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bridge.ledger.addresses import Watched
from bridge.ledger.event_reader import EventReader
from bridge.ledger.finality import BadFinality, Finality
from bridge.ledger.follower import Follower, OtherHistory
from bridge.ledger.journal import Cursor, CursorMoved, Journal, OtherJournal
from bridge.ledger.ledger import Ledger
from bridge.ledger.snapshot import digest
from bridge.ledger.tables import entry, movement
from bridge.service.service import Service
from pargrade.chain.block import Tag
from pargrade.chain.errors import RpcRefused
from pargrade.chain.rpc import Chain
from pargrade.database import DatabaseDown, open_database, to_text
from pargrade.devnet.anvil import Devnet
from tests.support.market import DAY, MIDNIGHT, Market, account
from tests.support.proxy import error, fault_proxy, limited_logs
from tests.support.service import open_tables, serve
from tests.support.story import run_story


def replayed(service: Service) -> str:
    """Digest of a ledger made from the chain alone; also holds the contracts against ours."""
    assert service.reconcile().mismatches == ()
    fresh, mismatches = service.replay()
    assert mismatches == ()
    return fresh


def test_sync__whole_story__ledger_agrees_with_every_contract(market: Market) -> None:
    run_story(market)
    service = serve(market, key=None)
    found = service.reconcile()
    assert found.mismatches == ()
    assert found.figures > 40
    assert replayed(service) == found.digest


@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_sync__reorg_that_loses_events__ledger_equals_a_replay_from_the_first_block(
    market: Market, depth: int
) -> None:
    series = market.list_series("A1GH")
    service = serve(market, key=None)
    service.follow()
    market.spread(series, 8)
    service.follow()
    before = digest(service.follower.ledger)
    market.reorg(depth)
    service.follow()
    assert replayed(service) == digest(service.follower.ledger) != before


def test_sync__reorg_after_every_block__ledger_follows_each_fork(market: Market) -> None:
    series = market.list_series("A1GH")
    service = serve(market, key=None)
    for number in range(6):
        market.open(series, 7 + number)
        service.follow()
        market.reorg(1 + number % 3)
        market.open(series, 100 + number)
        service.follow()
        assert replayed(service) == digest(service.follower.ledger)
    cursor = service.journal.cursor()
    assert cursor is not None
    assert cursor.rollbacks >= 6


def test_sync__reorg_then_restart__the_new_process_rolls_back_too(
    market: Market, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    series = market.list_series("A1GH")
    market.spread(series, 4)
    serve(market, database, key=None).follow()
    market.reorg(3)
    restarted = serve(market, database, key=None)
    restarted.follow()
    assert replayed(restarted) == digest(restarted.follower.ledger)


def test_sync__reorg_beyond_the_listing_of_a_grade__the_grade_is_gone(market: Market) -> None:
    service = serve(market, key=None)
    service.follow()
    market.list_grade("EFLP", decimals=8)
    service.follow()
    assert len(service.follower.ledger.grades) == 2
    market.reorg(6)
    service.follow()
    assert len(service.follower.ledger.grades) == 1
    assert replayed(service) == digest(service.follower.ledger)


def test_sync__chain_shorter_than_the_journal__waits_instead_of_forgetting(
    market: Market,
) -> None:
    service = serve(market, key=None)
    market.chain.mine(5)
    ahead = service.follow()
    market.chain.request("anvil_rollback", 3)
    assert service.follow() == ahead
    market.list_series("A1GH")
    market.chain.mine(5)
    assert service.follow().rollbacks == 1
    assert replayed(service) == digest(service.follower.ledger)


def test_sync__confirmations_asked_for__events_count_only_that_deep(market: Market) -> None:
    watched = Watched.of(market.deployment)
    journal = Journal(open_tables(), 31337, watched.market)
    follower = Follower(market.chain, journal, watched, Finality.parse("3"))
    follower.sync()
    series = market.list_series("A1GH")
    follower.sync()
    assert series not in follower.ledger.series
    market.chain.mine(3)
    follower.sync()
    assert series in follower.ledger.series


def test_sync__finalized_blocks_only__a_reorg_above_them_is_never_seen(market: Market) -> None:
    watched = Watched.of(market.deployment)
    journal = Journal(open_tables(), 31337, watched.market)
    follower = Follower(market.chain, journal, watched, Finality.parse("finalized"))
    market.list_series("A1GH")
    cursor = follower.sync()
    assert cursor.number == market.chain.block(Tag.FINALIZED).number < market.chain.head().number
    market.reorg(1)
    market.chain.mine(4)
    assert follower.sync().rollbacks == 0


def test_sync__another_chain_under_the_same_id__other_history_and_a_hint(
    market: Market, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    serve(market, database, key=None).follow()
    with Devnet(genesis=MIDNIGHT + 60) as other:
        stranger = Market.ready(other)
        assert stranger.market.address == market.market.address
        service = serve(stranger, database, key=None)
        with pytest.raises(OtherHistory) as refused:
            service.follow()
        assert "rebuild" in refused.value.hint
        service.follower.rebuild()
        assert replayed(service) == digest(service.follower.ledger)


def test_sync__two_workers_on_one_database__each_reads_what_the_other_wrote(
    market: Market, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    first, other = (serve(market, database, key=None) for _ in range(2))
    first.follow()
    series = market.list_series("A1GH")
    other.follow()
    market.spread(series, 2)
    first.follow()
    market.reorg(2)
    other.follow()
    market.open(series, 3)
    first.follow()
    other.follow()
    assert digest(first.follower.ledger) == digest(other.follower.ledger) == replayed(first)


def test_append__cursor_moved_by_another_worker__nothing_is_written(market: Market) -> None:
    service = serve(market, key=None)
    cursor = service.follow()
    stale = Cursor(cursor.number - 1, bytes(32), 0)
    with pytest.raises(CursorMoved):
        service.journal.append(stale, (), market.chain.head())
    with pytest.raises(CursorMoved):
        service.journal.begin(market.chain.head())
    assert service.journal.cursor() == cursor


def test_sync__reorg_while_a_range_is_read__nothing_of_the_lost_fork_is_journalled(
    market: Market,
) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 4)

    class Shifting(type(market.chain)):  # type: ignore[misc]  # a chain that forks as it is asked
        forks = 3

        def logs(self, addresses, *, first, last, topics=()):  # type: ignore[no-untyped-def]
            if self.forks:
                type(self).forks -= 1
                market.reorg(2)
                market.open(series, 50 + self.forks)
                market.open(series, 60 + self.forks)
            return super().logs(addresses, first=first, last=last, topics=topics)

    watched = Watched.of(market.deployment)
    journal = Journal(open_tables(), 31337, watched.market)
    shifting = Shifting.connect(market.net.url)
    follower = Follower(shifting, journal, watched, Finality.parse("latest"))
    while Shifting.forks:
        follower.sync()
        _, entries = journal.read()
        assert all(market.chain.block(e.log.block_number).hash == e.log.block_hash for e in entries)
    cursor = follower.sync()
    head = market.chain.head()
    assert (cursor.number, cursor.hash) == (head.number, head.hash)
    assert digest(follower.ledger) == digest(EventReader(market.chain, watched).replay(head.number))


def test_read__range_too_long_for_the_endpoint__shortened_until_it_answers(market: Market) -> None:
    market.spread(market.list_series("A1GH"), 3)
    watched = Watched.of(market.deployment)
    head = market.chain.head().number
    with fault_proxy(market.net.url) as proxy:
        limit = limited_logs(5, lambda *_: (-32005, "query returned more than 5 blocks"))
        proxy.break_with(limit, "eth_getLogs")
        slow = EventReader(Chain.connect(proxy.url), watched).replay(head)
    assert digest(slow) == digest(EventReader(market.chain, watched).replay(head))


def test_read__one_block_too_much__the_refusal_is_raised(market: Market) -> None:
    with fault_proxy(market.net.url) as proxy:
        proxy.break_with(error(-32005, "limit exceeded"), "eth_getLogs")
        with pytest.raises(RpcRefused):
            EventReader(Chain.connect(proxy.url), Watched.of(market.deployment)).replay(3)


def test_journal__database_of_another_deployment__refused(market: Market) -> None:
    engine = open_tables()
    Journal(engine, 31337, market.market.address)
    Journal(engine, 31337, market.market.address)
    with pytest.raises(OtherJournal):
        Journal(engine, 1, market.market.address)
    with pytest.raises(OtherJournal):
        Journal(engine, 31337, account(1))


@pytest.mark.parametrize(
    "url", ["no url", "nosuch://x", "sqlite:////no/such/folder/x.db", "postgresql://127.0.0.1:1/x"]
)
def test_open_database__cannot_be_opened__one_typed_error(url: str) -> None:
    with pytest.raises(DatabaseDown):
        open_database(url)


def test_journal__tail__keeps_its_first_stop_and_the_newest(market: Market) -> None:
    journal = Journal(open_tables(), 31337, market.market.address)
    head = market.chain.head()
    cursor = journal.begin(market.chain.block(0))
    for number in range(1, 400):
        to = type(head)(number, number.to_bytes(32), bytes(32), 0)
        cursor = journal.append(cursor, (), to)
    numbers = [number for number, _ in journal.stops()]
    assert numbers == [0, *range(144, 400)]


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "²"])
def test_finality__not_a_tag_or_a_number__refused(text: str) -> None:
    with pytest.raises(BadFinality):
        Finality.parse(text)


def test_load__nothing_journalled_yet__an_empty_ledger(market: Market) -> None:
    service = serve(market, key=None)
    assert service.follower.load() is None
    assert digest(service.follower.ledger) == digest(Ledger())


def test_reconcile__underlying_shrinks__the_missing_tokens_are_named(market: Market) -> None:
    service = serve(market, key=None)
    assert service.reconcile().mismatches == ()
    unit, token = market.unit("A1GH"), market.token("A1GH")
    market.do_as(unit.address, token.transfer(account(1), 5))
    (found,) = service.reconcile().mismatches
    assert found.figure == f"grade.{unit.address}.tokens"
    assert found.ledger == 10**12
    assert found.chain == 10**12 - 5


def test_reconcile__journal_with_a_wrong_row__named_and_read_again(
    market: Market, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    service = serve(market, database, key=None)
    agreed = service.reconcile().block.number
    market.spread(market.list_series("A1GH"), 2)
    service.follow()
    with open_tables(database).begin() as connection:
        rows = update(movement).where(movement.c.block > agreed)
        assert connection.execute(rows.values(amount=to_text(1))).rowcount > 0
    found = service.reconcile()
    assert f"{market.unit('A1GH').address} {market.me}" in caplog.text
    assert (found.mismatches, found.reread_from) == ((), agreed)
    assert service.reconcile().reread_from is None


def test_reconcile__entries_lost_before_the_first_agreement__all_is_read_again(
    market: Market, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    series = market.list_series("A1GH")
    market.spread(series, 2)
    whole = digest(serve(market, database, key=None).follower.ledger)
    serve(market, database, key=None).follow()
    with open_tables(database).begin() as connection:
        for table in (movement, entry):
            connection.execute(delete(table).where(table.c.block == market.chain.head().number))
    service = serve(market, database, key=None)
    found = service.reconcile()
    assert found.mismatches == ()
    assert found.reread_from == max(market.deployment.block - 1, 0)
    assert found.digest == digest(service.follower.ledger) != whole


def test_reread__another_worker_moves_the_cursor_meanwhile__tried_again(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    ours, other = (serve(market, database, key=None) for _ in range(2))
    ours.follow()
    looked = ours.journal.agreement
    reads = []

    def agreement() -> tuple[int, bytes] | None:
        if not reads:
            market.list_series("A1GH")
            other.follow()
        reads.append(1)
        return looked()

    monkeypatch.setattr(ours.journal, "agreement", agreement)
    ours.follower.reread()
    assert len(reads) == 2
    assert replayed(ours) == digest(other.follower.ledger)


def test_reconcile__figure_that_rereading_does_not_mend__read_again_once(market: Market) -> None:
    service = serve(market, key=None)
    assert service.reconcile().mismatches == ()
    unit, token = market.unit("A1GH"), market.token("A1GH")
    for lost in (5, 7):
        market.do_as(unit.address, token.transfer(account(1), lost))
        found = service.reconcile()
        assert len(found.mismatches) == 1
        assert (found.reread_from is not None) == (lost == 5)


def test_reconcile__day_after_day__donations_are_no_mismatch(market: Market) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 2)
    market.do(market.unit("A1GH").transfer(market.market.address, 10**18))
    market.do(market.quote.mint(market.market.address, 10**9))
    market.do(market.token("A1GH").mint(market.unit("A1GH").address, 10**9))
    market.chain.advance(MIDNIGHT + 3 * DAY)
    assert serve(market, key=None).reconcile().mismatches == ()
