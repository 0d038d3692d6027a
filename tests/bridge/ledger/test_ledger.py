from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ledger.addresses import Watched
from bridge.ledger.books import Overdrawn
from bridge.ledger.entry import FOLLOWED, Entry
from bridge.ledger.event_reader import EventReader
from bridge.ledger.journal import Journal
from bridge.ledger.ledger import Ledger, OutOfOrder, Unannounced, fold
from bridge.ledger.snapshot import audit, compare, digest, figures, totals
from pargrade.bindings import spot_index_v2 as index_v2
from pargrade.bindings.futures_market import Opened, Phase, SeriesCreated
from pargrade.bindings.grade_registry import GradeListed
from pargrade.chain.block import BlockStamp
from pargrade.devnet.anvil import Devnet
from tests.support.market import MIDNIGHT, PRICE, Market, account
from tests.support.service import open_tables
from tests.support.story import run_story


class Story:
    """The events of a market's whole life, read once."""

    def __init__(self) -> None:
        with Devnet(genesis=MIDNIGHT) as net:
            market = Market.ready(net)
            run_story(market)
            self.watched = Watched.of(market.deployment)
            self.market = self.watched.market
            head = market.chain.head().number
            reader = EventReader(market.chain, self.watched)
            ledger = Ledger()
            entries = reader.read(1, head, ledger)
            assert entries is not None
            self.entries: Sequence[Entry] = entries
            self.head = head
        self.digest = digest(fold(self.entries))

    def journal(self) -> Journal:
        journal = Journal(open_tables(), 31337, self.market)
        journal.begin(stamp(0))
        return journal

    def until(self, block: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.log.block_number <= block]


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


def stamp(block: int) -> BlockStamp:
    return BlockStamp(
        block, block.to_bytes(32), (block - 1).to_bytes(32) if block else bytes(32), 0
    )


def test_story__told_once__contains_every_followed_event(story: Story) -> None:
    other_version = {index_v2.RoundRecorded}
    found = {type(entry.event) for entry in story.entries}
    assert found == set(FOLLOWED.values()) - other_version


def test_fold__whole_story__audits_clean_and_knows_its_end(story: Story) -> None:
    ledger = fold(story.entries)
    assert audit(ledger, story.market) == ()
    excluded, rejected, mixed, banded = ledger.series.values()
    assert (excluded.phase, excluded.guardian_acted) == (Phase.SETTLED, True)
    assert (rejected.phase, rejected.price) == (Phase.DELIVERED, 0)
    assert (mixed.lots, mixed.impaired) == ([40, 50], 0b10)
    assert (banded.lots, banded.phase) == ([70], Phase.SETTLED)
    assert list(ledger.month_lots.values()) == [70]
    # S is a tenth above K, in a band from half of K to twice: 0.6 and 0.9 of K a SCU.
    assert banded.quote_paid == (30 * 6 + 70 * 9) * PRICE // 10**5
    assert ledger.unfinished() == tuple(ledger.series)
    assert account(3) in ledger.holders(next(iter(ledger.series)))[next(iter(ledger.series))]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_fold__stream_cut_into_any_batches__same_digest(story: Story, data: st.DataObject) -> None:
    ledger, rest = Ledger(), list(story.entries)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        ledger.post_all(rest[:size])
        rest = rest[size:]
    assert digest(ledger) == story.digest


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_journal__any_appends_and_roll_backs__same_digest_and_balances_as_one_replay(
    story: Story, data: st.DataObject
) -> None:
    journal = story.journal()
    for _ in range(data.draw(st.integers(0, 12))):
        cursor = journal.cursor()
        assert cursor is not None
        target = data.draw(st.integers(0, story.head))
        if target > cursor.number:
            fresh = [e for e in story.until(target) if e.log.block_number > cursor.number]
            journal.append(cursor, fresh, stamp(target))
        else:
            journal.roll_back(cursor, target, stamp(target).hash)
        _, entries = journal.read()
        assert digest(fold(entries)) == digest(fold(story.until(target)))
    cursor = journal.cursor()
    assert cursor is not None
    last = [e for e in story.entries if e.log.block_number > cursor.number]
    if cursor.number < story.head:
        journal.append(cursor, last, stamp(story.head))
    _, entries = journal.read()
    ledger = fold(entries)
    assert digest(ledger) == story.digest
    held = {(str(asset), account_): amount for asset, account_, amount in ledger.books}
    on_disk = {key: amount for key, amount in journal.balances().items() if amount > 0}
    assert on_disk == held


def test_journal__read_back__every_entry_is_what_was_written(story: Story) -> None:
    journal = story.journal()
    cursor = journal.cursor()
    assert cursor is not None
    journal.append(cursor, story.entries, stamp(story.head))
    assert journal.read()[1] == list(story.entries)


def test_digest__one_entry_left_out__differs(story: Story) -> None:
    """Leaving out any one event is noticed: by the digest, or because what follows contradicts."""
    for missing in range(len(story.entries)):
        entries = [e for number, e in enumerate(story.entries) if number != missing]
        try:
            left = fold(entries)
        except (Overdrawn, Unannounced):
            continue
        overwritten = type(story.entries[missing].event).__name__ in _OVERWRITTEN
        assert overwritten or digest(left) != story.digest, story.entries[missing]


# Later events of the same kind, or of the same subject, state these facts again.
_OVERWRITTEN = frozenset(
    {
        *("RoundRecorded", "EntryStopped", "GradeClosed", "GradeImpaired", "ImpairmentWithdrawn"),
        *("Proposed", "PayoutAddressSet", "ShortageSeen"),
    }
)


def test_post__same_entry_twice__out_of_order(story: Story) -> None:
    ledger = Ledger()
    ledger.post(story.entries[0])
    with pytest.raises(OutOfOrder) as refused:
        ledger.post(story.entries[0])
    assert refused.value.place == refused.value.last == story.entries[0].place


def test_post__listing_missing__unannounced(story: Story) -> None:
    opened = next(entry for entry in story.entries if isinstance(entry.event, Opened))
    with pytest.raises(Unannounced) as refused:
        Ledger().post(opened)
    assert refused.value.kind == "series"


def test_post__issue_missing__overdrawn_and_nothing_moves(story: Story) -> None:
    moves = [entry for entry in story.entries if entry.movement is not None]
    given_away = next(e for e in moves if e.movement and int(e.movement.source, 16))
    ledger = Ledger()
    with pytest.raises(Overdrawn) as refused:
        ledger.post(given_away)
    assert refused.value.held == 0
    assert list(ledger.books) == []


def test_audit__pairs_lost__names_both_positions_and_the_lock(story: Story) -> None:
    first = next(e for e in story.entries if isinstance(e.event, Opened))
    ledger = fold([e for e in story.entries if e.place <= first.place])
    series = first.event.series  # type: ignore[attr-defined]
    ledger.series[series].lots[0] += 1
    named = {mismatch.figure for mismatch in audit(ledger, story.market)}
    assert {f"position.{series}.lots", f"position.{series + 1}.lots"} <= named


def test_books__every_asset__sums_to_zero_with_its_issuer(story: Story) -> None:
    ledger = fold(story.entries)
    sums: dict[object, int] = {}
    for asset, _, amount in ledger.books:
        sums[asset] = sums.get(asset, 0) + amount
    assert sums == {asset: ledger.books.issued(asset) for asset in sums}
    assert all(amount > 0 for amount in sums.values())


def test_compare__figure_on_one_side_only__named(story: Story) -> None:
    ledger = fold(story.entries)
    ours = {**figures(ledger), **totals(ledger)}
    name = next(iter(ours))
    (found,) = compare(ours, {key: value for key, value in ours.items() if key != name})
    assert (found.figure, found.chain) == (name, "nothing")


def test_listings__of_the_story__in_order_of_listing(story: Story) -> None:
    ledger = fold(story.entries)
    listed = [e.event for e in story.entries]
    assert list(ledger.grades) == [e.unit for e in listed if isinstance(e, GradeListed)]
    assert list(ledger.series) == [e.series for e in listed if isinstance(e, SeriesCreated)]
