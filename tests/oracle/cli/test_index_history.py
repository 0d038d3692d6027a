"""`pargrade index history`: what the chain recorded, as a download, and what was proven later."""

import csv

import polars as pl
import pytest

from pargrade.chain.block import Tag
from pargrade.devnet.accounts import KEEPER, REPORTERS
from pargrade.devnet.anvil import Devnet
from tests.support.cli import run
from tests.support.liars import lie
from tests.support.world import HOUR, MIDNIGHT, SPOT, World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Four hours of rounds, of which a reporter signed the third twice, and is found out."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        made = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("history"))
        assert made.run("deploy", "--index-version", "1").code == 0
        for hour in range(1, 5):
            made.record(MIDNIGHT + hour * HOUR, SPOT + hour)
        epoch = made.index.reporter_config(block=Tag.LATEST).epoch
        made.send(KEEPER, lie(made.index, REPORTERS[0].key, epoch, MIDNIGHT + 3 * HOUR))
        yield made


def test_history__as_json__is_every_round_by_slot_with_its_transaction(world):
    rows = world.run("index", "history", "--json").json["rounds"]
    assert [row["slot"] for row in rows] == [MIDNIGHT + hour * HOUR for hour in range(1, 5)]
    assert [int(row["value8"]) for row in rows] == [SPOT + hour for hour in range(1, 5)]
    assert rows[0]["signers"] == len(REPORTERS)
    for row in rows:
        sent = world.chain.transaction(bytes.fromhex(row["tx_hash"][2:]))
        assert sent is not None


def test_history__a_reporter_was_found_out__marks_the_round_and_keeps_its_value(world):
    rows = world.run("index", "history", "--json").json["rounds"]
    marks = [(row["revision"], row["mark"]) for row in rows]
    assert marks == [(0, "recorded"), (0, "recorded"), (1, "contested"), (0, "recorded")]
    assert int(rows[2]["value8"]) == SPOT + 3


def test_history__downloaded__is_the_same_as_csv_and_as_parquet(world, tmp_path):
    wanted = world.run("index", "history", "--json").json["rounds"]
    for name in ("h.csv", "h.parquet"):
        assert world.run("index", "history", "--out", str(tmp_path / name)).code == 0
    with (tmp_path / "h.csv").open(newline="") as file:
        from_csv = list(csv.DictReader(file))
    assert from_csv == [{k: str(v) for k, v in row.items()} for row in wanted]
    frame = pl.read_parquet(tmp_path / "h.parquet")
    assert frame["value8"].to_list() == [int(row["value8"]) for row in wanted]
    assert frame.columns == list(wanted[0])


def test_history__a_day_or_an_index__is_only_that(world, tmp_path):
    assert world.run("index", "history", "--to", "2026-03-04", "--json").json["rounds"] == []
    later = world.run("index", "history", "--from", "2026-03-04T03:00:00Z", "--json").json
    assert len(later["rounds"]) == 2
    refused = world.run("index", "history", "--index", "other")
    assert (refused.error, refused.hint) == ("the chain has no index 'other'", "It has SCU / USD.")


def test_history__of_a_committees_index__has_who_signed_and_in_which_epoch(tmp_path):
    with Devnet(genesis=MIDNIGHT) as devnet:
        made = World(devnet.chain, devnet.url, tmp_path)
        assert made.run("deploy").code == 0
        made.cover(MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR, SPOT)
        rows = made.run("index", "history", "--json").json["rounds"]
    assert [row["slot"] for row in rows] == [MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR]
    assert {(row["value8"], row["signers"], row["epoch"]) for row in rows} == {(str(SPOT), 5, 1)}


def test_history__file_of_no_known_form__is_refused_before_the_chain_is_asked(tmp_path):
    refused = run("index", "history", "--out", str(tmp_path / "h.xls"), "--rpc-url", "http://x")
    assert "neither CSV nor Parquet" in refused.error
    assert list(tmp_path.iterdir()) == []
