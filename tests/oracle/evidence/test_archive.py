"""Evidence in Parquet comes back byte for byte, and a crash or a stranger's file loses nothing."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.evidence import archive as archive_module
from oracle.evidence.archive import Archive
from oracle.evidence.part import FOLDER, PartContent
from oracle.evidence.rows import link_line, link_row, quote_line, quote_row
from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine, observe
from oracle.index.verdict_lines import verdict_line
from oracle.journal.journal import FILE, Journal, SignedEntry
from oracle.journal.owner import JournalOwner
from oracle.node.archive_process import Archivist
from pargrade.canonical import canonical_json, content_hash, read_json
from pargrade.chain.hashing import address_of, keccak
from pargrade.clock import day_name, midnight_of
from pargrade.devnet.anvil import devnet_keys
from pargrade.journal.refusals import JournalFailed
from pargrade.spot_index.observation import index_domain, index_set_of, sign
from tests.support.quote_builders import QUOTES

KEY = devnet_keys()[5]
DOMAIN = index_domain(31337, address_of(b"\x07" * 20))
DAY, HOUR = 86_400, 3_600
SLOT = 1_772_582_400
"""2026-03-04T00:00:00Z"""
SLOTS = [SLOT + hour * HOUR for hour in (1, 2, 20, 25, 30)]


@pytest.fixture(scope="module")
def made(sample, method, panels):
    """Determinations of two days, signed."""
    quotes = DailyChain(sample, method, panels["panel-1"])
    found = []
    for slot in SLOTS:
        determination = determine(quotes, slot)
        stated = observe(determination, index_set_of(["SCU / USD"]), 1, 0)
        found.append((SignedEntry(stated.digest(DOMAIN), sign(stated, DOMAIN, KEY)), determination))
    return found


@pytest.fixture
def journal(tmp_path, made):
    opened = Journal.create(tmp_path, JournalOwner(KEY.address, 31337, DOMAIN.contract), floor=0)
    for entry, determination in made:
        opened.record(DOMAIN.separator(), entry, determination)
    yield opened
    opened.close()


@pytest.fixture
def sealed(journal):
    journal.seal()
    return journal


def counts(journal):
    with sqlite3.connect(journal.path) as raw:
        return {
            table: raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("signed", "unsealed", "section")
        }


def part_of(journal):
    return next(iter(Archive(journal.path.parent / FOLDER).parts()))


def test_archive__sealed__holds_every_evidence_byte_for_byte_and_the_journal_none(sealed, made):
    assert counts(sealed) == {"signed": len(made), "unsealed": 0, "section": 0}
    for _, determination in made:
        assert sealed.evidence(determination.root) == determination.evidence()
        assert sealed.evidence_at(determination.as_of) == determination.evidence()


def test_archive__one_part_per_day__and_each_section_once_in_it(sealed, made):
    folder = sealed.path.parent / FOLDER
    parts = Archive(folder).parts()
    assert [part.parent.name for part in parts] == ["day=2026-03-05", "day=2026-03-04"]
    rows = pl.read_parquet(parts[1] / "quotes.parquet", hive_partitioning=False)
    sections = {d.fixing.root for _, d in made[:3]} | {
        d.anchors[-1].fixing.accepted_root for _, d in made[:3]
    }
    assert set(rows["section"]) == {root.hex() for root in sections}
    assert not rows.select("section", "place").is_duplicated().any()


def test_archive__no_column__is_a_float_and_no_line_needs_its_text(sealed):
    for part in Archive(sealed.path.parent / FOLDER).parts():
        for path in part.iterdir():
            rows = pl.read_parquet(path, hive_partitioning=False)
            assert not any(kind.is_float() for kind in rows.schema.dtypes())
            if "line" in rows.columns:
                assert rows["line"].null_count() == len(rows)


def test_archive__method_and_factor_table__are_in_the_part_under_their_hashes(sealed, method):
    found = Archive(sealed.path.parent / FOLDER).documents(part_of(sealed))
    assert set(found) == {method.method_hash, method.factors_hash}
    stated = read_json(found[method.method_hash])
    assert content_hash(stated) == method.method_hash
    assert stated["factors_hash"] == "0x" + method.factors_hash.hex()
    assert len(read_json(found[method.factors_hash])["rows"]) > 0


def test_archive__sealed_up_to_midnight__leaves_today_in_the_journal(journal, made):
    names = journal.seal(SLOT + DAY)
    assert [name.split("/")[0] for name in names] == ["day=2026-03-04"]
    assert counts(journal)["unsealed"] == 2
    for _, determination in made:
        assert journal.evidence(determination.root) == determination.evidence()
    assert journal.seal(SLOT + DAY) == []


def test_archive__a_section_sealed_and_then_needed_again__is_kept_again(journal, made):
    journal.seal()
    entry, determination = made[0]
    again = replace(entry.signed.observation, epoch=2)
    other = SignedEntry(again.digest(DOMAIN), sign(again, DOMAIN, KEY))
    journal.record(DOMAIN.separator(), other, determination)
    assert counts(journal)["section"] == 3
    assert journal.evidence(determination.root) == determination.evidence()


def test_archive__killed_after_the_rename__seals_the_same_part_again(journal, made, tmp_path):
    # What a process leaves that dies between the rename and the journal's letting go.
    before = (tmp_path / FILE).with_suffix(".copy")
    with sqlite3.connect(tmp_path / FILE) as raw, sqlite3.connect(before) as copy:
        raw.backup(copy)
    names = journal.seal()
    journal.close()
    with sqlite3.connect(before) as copy, sqlite3.connect(tmp_path / FILE) as raw:
        copy.backup(raw)
    again = Journal(tmp_path)
    assert counts(again)["unsealed"] == len(made)
    assert again.seal() == names
    assert counts(again)["unsealed"] == 0
    assert len(Archive(tmp_path / FOLDER).parts()) == 2
    assert again.evidence(made[0][1].root) == made[0][1].evidence()


def test_archive__killed_while_writing__the_half_part_is_none_and_is_written_anew(journal, made):
    half = journal.path.parent / FOLDER / "day=2026-03-04" / ".new-part-0011223344556677"
    half.mkdir(parents=True)
    (half / "observations.parquet").write_bytes(b"PAR1")
    assert Archive(journal.path.parent / FOLDER).parts() == []
    journal.seal()
    assert journal.evidence(made[0][1].root) == made[0][1].evidence()


def test_archive__a_folder_that_cannot_be_written__fails_and_the_journal_keeps_all(journal, made):
    (journal.path.parent / FOLDER).write_text("in the way")
    with pytest.raises(JournalFailed, match="archive: "):
        journal.seal()
    assert journal.evidence(made[0][1].root) == made[0][1].evidence()


FRESH = """
import sys
from pathlib import Path
from oracle.evidence.archive import Archive
from oracle.audit.recheck import check
from oracle.quotes.history import History
from oracle.index.method import load_method
from oracle.audit.replay import replay
from oracle.sources.recorded import load_recording
from pargrade.data.files import SAMPLE
from oracle.sources.venue import load_venues
evidence = Archive(Path(sys.argv[1])).find(bytes.fromhex(sys.argv[2]))
method = load_method()
history = History.of(load_recording(SAMPLE, load_venues()).columns)
for verdict in (check(evidence, method), replay(evidence, method, history)):
    print(type(verdict).__name__, verdict.root.hex())
"""


def test_archive__alone_in_a_fresh_process__replays_bit_for_bit(sealed, made, tmp_path):
    (tmp_path / FILE).unlink()
    root = made[-1][1].root.hex()
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path / FOLDER), root],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"Match {root}"] * 2


def damage(path, how):
    rows = pl.read_parquet(path, hive_partitioning=False)
    match how:
        case "a price":
            rows = rows.with_columns(pl.col("price8") + 1)
        case "a row less":
            rows = rows.slice(1)
        case "another order":
            rows = rows.with_columns(pl.col("place").reverse().over("section"))
        case "no such column":
            rows = rows.drop("verdict")
        case "other types":
            rows = rows.with_columns(pl.col("price8").cast(pl.String) + "x")
        case "cut short":
            path.write_bytes(path.read_bytes()[:-200])
            return
        case "not Parquet":
            path.write_bytes(b"PAR1" * 50)
            return
        case "gone":
            path.unlink()
            return
    rows.write_parquet(path)


@pytest.mark.parametrize(
    "how",
    [
        *("a price", "a row less", "another order", "no such column", "other types"),
        *("cut short", "not Parquet", "gone"),
    ],
)
def test_archive__damaged__does_not_have_the_evidence(sealed, made, how):
    damage(part_of(sealed) / "quotes.parquet", how)
    assert sealed.evidence(made[-1][1].root) is None
    assert sealed.evidence(made[0][1].root) == made[0][1].evidence()


def test_archive__more_than_the_limits__is_not_read(sealed, made, tmp_path):
    root = made[-1][1].root
    part = part_of(sealed)
    # Half a megabyte of text per row in a file of a few kilobytes.
    rows = pl.read_parquet(part / "quotes.parquet", hive_partitioning=False)
    text = "x" * (archive_module.MOST_BYTES // 100)
    rows.with_columns(line=pl.lit(text)).write_parquet(part / "quotes.parquet")
    assert (part / "quotes.parquet").stat().st_size < archive_module.MOST_BYTES // 10
    assert sealed.evidence(root) is None
    with (part / "quotes.parquet").open("r+b") as file:
        file.truncate(archive_module.MOST_BYTES + 1)
    assert sealed.evidence(root) is None


def test_archive__a_forged_document__is_left_out(sealed, method):
    part = part_of(sealed)
    rows = pl.read_parquet(part / "observations.parquet", hive_partitioning=False)
    key = "0x" + method.method_hash.hex()
    rows.write_parquet(part / "observations.parquet", metadata={key: '{"version":"mine"}'})
    assert Archive(part.parents[1]).documents(part) == {}


@given(QUOTES, st.sampled_from(["ACCEPTED", "STALE"]))
@settings(max_examples=50)
def test_rows__any_quote__has_a_row_that_gives_its_line_back(quote, verdict):
    line = verdict_line(quote, verdict)
    row = quote_row(line)
    assert row["line"] is None
    assert quote_line(row) == line


LINES = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    ).map(canonical_json),
    st.text(alphabet=st.characters(codec="ascii"), max_size=30).map(str.encode),
    st.integers().map(lambda n: verdict_line_with(price8=str(n), gpu_count=n, n_offers=1)),
    st.text(max_size=5).map(lambda text: verdict_line_with(price8=text, gpu_count=8)),
    st.text(max_size=5).map(lambda text: verdict_line_with(price8="1", another=text)),
)


def verdict_line_with(**changes):
    quote = {
        "observed_at": 1,
        "provider": "a",
        "gpu_model": "H100",
        "variant": "SXM",
        "gpu_memory_gb": 80,
        "tier": "on_demand",
        "region": "",
        "source": "s",
        "cadence": "daily",
        "firmness": "neocloud",
        "terms": "open",
        "flags": ["x"],
        **changes,
    }
    return canonical_json({"quote": quote, "verdict": "ACCEPTED"})


@given(st.lists(LINES, min_size=1, max_size=6))
@settings(max_examples=25)
def test_rows__any_line_at_all__survives_rows_and_parquet(tmp_path_factory, lines):
    for line in lines:
        assert quote_line(quote_row(line)) == line
        assert link_line(link_row(line)) == line
    root = keccak(b"\n".join(lines))
    day = PartContent(SLOT, [], {root: tuple(lines)}, {root: tuple(lines)})
    archive = Archive(tmp_path_factory.mktemp("archive"))
    part = archive.folder / archive.seal(day)
    for name, line_of in (("quotes", quote_line), ("links", link_line)):
        rows = pl.read_parquet(part / f"{name}.parquet", hive_partitioning=False)
        assert [line_of(row) for row in rows.iter_rows(named=True)] == lines


def test_day__of_an_instant__is_its_utc_day():
    assert (midnight_of(SLOT + DAY - 1), midnight_of(SLOT)) == (SLOT, SLOT)
    assert day_name(SLOT) == "2026-03-04"
    assert json.loads(canonical_json(day_name(SLOT + DAY))) == "2026-03-05"


def wait_for(done, seconds=60):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_archivist__a_process_of_its_own__seals_and_finds_the_same(journal, made, tmp_path):
    archivist = Archivist(tmp_path)
    archivist.seal(SLOT + DAY)
    wait_for(lambda: counts(journal)["unsealed"] == 2)
    asking = Journal(tmp_path, archivist.find)
    assert asking.evidence(made[-1][1].root) == made[-1][1].evidence()
    assert asking.evidence(bytes(32)) is None
    assert archivist.find(bytes(32), "day=2026-03-04") is None
    archivist.close()


def test_archivist__killed_while_it_seals__loses_nothing(journal, made, tmp_path):
    archivist = Archivist(tmp_path)
    for pause in (0.0, 0.2, 0.4):
        archivist.seal(SLOT + 2 * DAY)
        time.sleep(pause)
        archivist.close()
        for _, determination in made:
            assert journal.evidence(determination.root) == determination.evidence()


def test_archivist__of_a_forked_process__is_not_stopped_by_threads_left_behind(sealed, made):
    # Polars has worked in this process by now: a fork that used it itself would wait for ever.
    root = made[0][1].root
    forked = os.fork()
    if forked == 0:
        asking = Journal(sealed.path.parent, Archivist(sealed.path.parent).find)
        os._exit(0 if asking.evidence(root) == made[0][1].evidence() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
