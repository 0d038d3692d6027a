"""One content per slot, whatever happens to the process, its quotes or its journal."""

import sqlite3
from dataclasses import replace

import pytest

from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine, observe
from oracle.journal.journal import FILE, Journal, SignedEntry
from oracle.journal.owner import JournalOwner
from pargrade.chain.hashing import address_of
from pargrade.devnet.anvil import devnet_keys
from pargrade.journal.refusals import JournalFailed
from pargrade.spot_index.observation import index_domain, index_set_of, sign

KEY = devnet_keys()[5]
DOMAIN = index_domain(31337, address_of(b"\x07" * 20))
SEPARATOR = DOMAIN.separator()
INDEX_SET = index_set_of(["SCU / USD"])
SLOT = 1_772_582_400
OWNER = JournalOwner(KEY.address, 31337, DOMAIN.contract)


@pytest.fixture
def quotes(sample, method, panels):
    return DailyChain(sample, method, panels["panel-1"])


def made(folder):
    return Journal.create(folder, OWNER, floor=0)


@pytest.fixture
def journal(tmp_path):
    opened = made(tmp_path)
    yield opened
    opened.close()


def entry_at(quotes, slot, domain=DOMAIN, epoch=1, shift=0):
    """A determination, signed; `shift` changes its value."""
    determination = determine(quotes, slot)
    observation = observe(determination, INDEX_SET, epoch, 0)
    if shift:
        observation = replace(observation, values=(observation.values[0] + shift,))
    return SignedEntry(observation.digest(domain), sign(observation, domain, KEY)), determination


def test_journal__a_signed_observation__is_found_again_after_reopening(tmp_path, quotes):
    first, determination = entry_at(quotes, SLOT)
    made(tmp_path).record(SEPARATOR, first, determination)
    assert Journal(tmp_path).signed(SEPARATOR, 1, SLOT) == first


def test_journal__another_content_for_the_slot__the_first_one_stands(journal, quotes):
    first, determination = entry_at(quotes, SLOT)
    other, _ = entry_at(quotes, SLOT, shift=1)
    assert other.digest != first.digest
    assert journal.record(SEPARATOR, first, determination) == first
    assert journal.record(SEPARATOR, other, determination) == first
    assert journal.signed(SEPARATOR, 1, SLOT) == first


def test_journal__a_second_process_on_the_same_file__meets_the_same_guard(tmp_path, quotes):
    mine, two = made(tmp_path), Journal(tmp_path)
    first, determination = entry_at(quotes, SLOT)
    other, _ = entry_at(quotes, SLOT, shift=1)
    mine.record(SEPARATOR, first, determination)
    assert two.record(SEPARATOR, other, determination) == first


@pytest.mark.parametrize(
    ("domain", "epoch", "slot"),
    [
        (index_domain(1, DOMAIN.contract), 1, SLOT),
        (index_domain(31337, address_of(b"\x08" * 20)), 1, SLOT),
        (DOMAIN, 2, SLOT),
        (DOMAIN, 1, SLOT + 60),
    ],
    ids=["chain", "contract", "epoch", "slot"],
)
def test_journal__another_chain_contract_epoch_or_slot__is_another_entry(
    journal, quotes, domain, epoch, slot
):
    first, determination = entry_at(quotes, SLOT)
    journal.record(SEPARATOR, first, determination)
    other, elsewhere = entry_at(quotes, slot, domain, epoch)
    assert journal.record(domain.separator(), other, elsewhere) == other
    assert journal.signed(SEPARATOR, 1, SLOT) == first


def test_journal__evidence_in_shared_sections__comes_back_byte_for_byte(journal, quotes):
    slots = [SLOT + 3_600 * hour for hour in range(0, 60, 7)]
    made = [entry_at(quotes, slot) for slot in slots]
    for entry, determination in made:
        journal.record(SEPARATOR, entry, determination)
    for entry, determination in made:
        root = entry.signed.observation.evidence_root
        assert journal.evidence(root) == determination.evidence()
        assert journal.evidence(root).root == root
        assert journal.evidence_at(determination.as_of) == determination.evidence()


def test_journal__sixty_slots__store_each_section_once(tmp_path, quotes):
    journal = made(tmp_path)
    entries = [entry_at(quotes, SLOT + 60 * minute) for minute in range(60)]
    for entry, determination in entries:
        journal.record(SEPARATOR, entry, determination)
    with sqlite3.connect(tmp_path / FILE) as raw:
        headers, sections = (
            raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("unsealed", "section")
        )
    assert headers == 60
    assert sections == 2 + len({determination.fixing.root for _, determination in entries})


def test_journal__evidence_it_never_had__is_none(journal):
    assert journal.evidence(bytes(32)) is None
    assert journal.evidence_at(SLOT) is None


def test_journal__before_any_evidence_base__is_archived_without_links(journal, quotes):
    entry, determination = entry_at(quotes, 1_772_400_000)
    assert determination.anchors == ()
    journal.record(SEPARATOR, entry, determination)
    assert journal.evidence(determination.root) == determination.evidence()


def test_journal__a_setting_given_twice__keeps_its_first_value(tmp_path):
    assert made(tmp_path).setting("replay_offset_s") is None
    assert Journal(tmp_path).settle("replay_offset_s", "86400") == "86400"
    assert Journal(tmp_path).settle("replay_offset_s", "0") == "86400"


def test_journal__a_file_that_is_no_database__is_one_clear_error(tmp_path):
    (tmp_path / FILE).write_bytes(b"this was a journal once" * 100)
    with pytest.raises(JournalFailed, match="file is not a database") as failed:
        Journal(tmp_path)
    assert failed.value.path == tmp_path / FILE


def test_journal__a_folder_that_cannot_be_made__is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalFailed, match="Not a directory"):
        made(tmp_path / "file" / "data")


def test_journal__locked_by_another_writer__fails_its_check_and_signs_nothing(
    tmp_path, journal, quotes
):
    journal.check()
    entry, determination = entry_at(quotes, SLOT)
    with sqlite3.connect(tmp_path / FILE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalFailed, match="locked"):
            journal.record(SEPARATOR, entry, determination)
        with pytest.raises(JournalFailed, match="locked"):
            journal.check()
        other.execute("ROLLBACK")
    assert journal.signed(SEPARATOR, 1, SLOT) is None
    journal.check()


def test_journal__asked_of_a_folder_without_one__does_not_make_one(tmp_path):
    assert Journal.existing(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_journal__durability__survives_a_power_cut(journal):
    with journal._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
