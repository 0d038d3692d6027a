"""Settlement statements on a real chain: computed from the rounds, signed, and tamper-evident."""

import csv
import json
from pathlib import Path

import pytest

from pargrade.chain.hashing import keccak
from pargrade.clock import DAY_S
from pargrade.deployment.statement_file import (
    StatementDiffers,
    body_of,
    csv_of,
    figures_for,
    require_agreement,
    signed,
)
from pargrade.deployment.statement_values import ContractFigures
from pargrade.devnet.accounts import DESK, GUARDIAN, KEEPER, REPORTERS
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from pargrade.devnet.rounds import pass_finality
from pargrade.futures.statement import Span
from tests.support.cli import run
from tests.support.world import HOUR, MIDNIGHT, SPOT, World

START, EXPIRY = MIDNIGHT + 2 * DAY_S, MIDNIGHT + 4 * DAY_S
"""Friday the 6th and Saturday the 7th of March 2026."""
SILENT = range(START + 10 * HOUR, START + 13 * HOUR)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """TWO and HAND, over a Friday and a Saturday with three silent hours; TWO is proposed."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        world = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("statement"))
        assert world.run("deploy").code == 0
        world.record(MIDNIGHT + HOUR)
        words = ("--grade", "A1GH", "--reference", "2.31", "--start", "2026-03-06")
        for name, style in (("TWO", "net"), ("HAND", "delivery")):
            ended = world.run(
                *("futures", "create", name, *words, "--expiry", "2026-03-08", "--style", style)
            )
            assert ended.code == 0, ended.err
        for n, slot in enumerate(range(START - 2 * HOUR, EXPIRY + 1, HOUR)):
            if slot not in SILENT:
                world.record(slot, SPOT + n * 10**6)
        pass_finality(world.session, world.chain, EXPIRY)
        assert world.run("futures", "settle", "TWO").code == 0
        yield world


def stated(world, name="TWO", *words):
    return world.run("futures", "statement", name, *words, "--json").json


def test_statement__of_a_proposed_series__agrees_with_the_contract_and_says_all(settled):
    output = stated(settled)
    body = output["statement"]
    assert output["signer"] == KEEPER.address
    price = settled.market.series(settled.series("TWO"), block=settled.chain.head()).price
    figures = body["figures"]
    assert body["contract"]["phase"] == "PROPOSED"
    assert figures["settlement8"] == body["contract"]["price8"] == str(price)
    # Three silent hours, of which the last value before them holds for five minutes.
    assert figures["gaps"] == [[START + 9 * HOUR + 3_900, START + 13 * HOUR]]
    assert figures["covered_s"] == 2 * DAY_S - (3 * HOUR - 300)
    assert figures["coverage_bps"] == figures["covered_s"] * 10_000 // (2 * DAY_S)
    (friday,) = figures["business_days"]
    assert friday == {"day": START, "value8": str(SPOT + 25 * 10**6)}
    assert int(figures["difference8"]) == price - (SPOT + 25 * 10**6)
    assert body["rounds"][0]["slot"] == START
    assert body["rounds"][-1]["slot"] == EXPIRY - HOUR
    assert [r["reporter"] for r in body["rounds"][5]["reports"]] == [
        reporter.address for reporter in REPORTERS
    ]
    (method,) = body["methods"]
    assert method["rounds"] == len(body["rounds"])
    epoch = settled.index.reporter_config(block=settled.chain.head())
    assert (method["epoch"], method["method_hash"]) == (1, "0x" + epoch.method_hash.hex())
    assert body["guardian"] == {"excluded": None, "rejected": False}


def test_statement__written__verifies_alone_and_against_the_chain(settled, tmp_path):
    ran = settled.run("futures", "statement", "TWO", "--out", str(tmp_path))
    assert ran.code == 0, ran.err
    assert f"signed by {KEEPER.address}" in ran.out
    path = tmp_path / "TWO.json"
    with (tmp_path / "TWO.csv").open() as file:
        rows = list(csv.DictReader(file))
    body = json.loads(path.read_text())["statement"]
    assert [int(row["slot"]) for row in rows] == [each["slot"] for each in body["rounds"]]
    assert sum(int(row["held_s"]) for row in rows) == body["figures"]["covered_s"]

    alone = run("futures", "verify-statement", str(path), "--json").json
    assert alone == {"signer": KEEPER.address, "on_chain": False, "figures": body["figures"]}
    assert settled.run("futures", "verify-statement", str(path), "--json").json["on_chain"]
    other = run("futures", "verify-statement", str(path), "--signer", DESK.address)
    assert other.error.endswith(f"{KEEPER.address} signed it, not {DESK.address}")


def test_statement__a_key_given__signs(settled):
    output = stated(settled, "TWO", "--key", DEVNET_KEYS[7])
    assert output["signer"] != KEEPER.address


def test_statement__holidays__leave_the_mean(settled):
    body = stated(settled, "TWO", "--holiday", "2026-03-06")["statement"]
    assert body["holidays"] == [START]
    assert body["figures"]["business_days"] == []
    assert body["figures"]["business_mean8"] is None


def test_statement__the_guardian_cut_a_day_out__is_stated_and_computed(tmp_path):
    with Devnet(genesis=MIDNIGHT) as devnet:
        world = World(devnet.chain, devnet.url, tmp_path)
        assert world.run("deploy", "--index-version", "1").code == 0
        world.record(MIDNIGHT + HOUR)
        words = ("--grade", "A1GH", "--reference", "2.31", "--style", "net")
        dates = ("--start", "2026-03-05", "--expiry", "2026-03-15")
        assert world.run("futures", "create", "TEN", *words, *dates).code == 0
        start, end = MIDNIGHT + DAY_S, MIDNIGHT + 11 * DAY_S
        for n, slot in enumerate(range(start - HOUR, end + 1, HOUR)):
            world.record(slot, SPOT + n * 10**5)
        assert world.run("futures", "settle", "TEN").code == 0
        cut = world.market.exclude(world.series("TEN"), start + DAY_S, start + 2 * DAY_S)
        world.send(GUARDIAN, cut)
        body = stated(world, "TEN")["statement"]
        assert body["guardian"]["excluded"] == [start + DAY_S, start + 2 * DAY_S]
        assert body["figures"]["counted_s"] == 9 * DAY_S
        assert body["figures"]["settlement8"] == body["contract"]["price8"]
        assert len(body["figures"]["business_days"]) == 6


def test_statement__of_a_delivered_series__has_no_contract_price_and_still_an_s(settled):
    with settled.chain.restored():
        assert settled.run("futures", "settle", "HAND").code == 0
        body = stated(settled, "HAND")["statement"]
    assert (body["contract"]["phase"], body["contract"]["price8"]) == ("DELIVERED", None)
    assert body["figures"]["settlement8"] == stated(settled)["statement"]["contract"]["price8"]


def resigned(document, key, change):
    body = document["statement"]
    change(body)
    return signed(body, key)


TAMPERINGS = {
    "a value": lambda body: body["rounds"][3].update(value8="1"),
    "a round less": lambda body: body["rounds"].pop(4),
    "S": lambda body: body["figures"].update(settlement8="1"),
    "coverage": lambda body: body["figures"].update(covered_s=1),
    "a gap": lambda body: body["figures"]["gaps"].clear(),
    "the mean": lambda body: body["figures"].update(business_mean8="1"),
    "the cut": lambda body: body["guardian"].update(excluded=[START, START + DAY_S]),
    "the CSV": lambda body: body.update(csv_hash="0x00"),
    "an evidence root": lambda body: body["rounds"][2]["reports"][0].update(evidence_root="0x"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_verify__anything_changed__fails_on_the_signature_and_resigned_on_the_figures(
    settled, tmp_path, tampering
):
    output = stated(settled)
    path = tmp_path / "changed.json"
    changed = json.loads(json.dumps(output))
    TAMPERINGS[tampering](changed["statement"])
    path.write_text(json.dumps(changed))
    assert "signed it or it was changed" in run("futures", "verify-statement", str(path)).error
    path.write_text(json.dumps(resigned(output, KEEPER.key, TAMPERINGS[tampering])))
    assert " is stated, " in run("futures", "verify-statement", str(path)).error


LIES = {
    "method": lambda body: body["methods"][0].update(method_hash="0x" + "00" * 32),
    "phase": lambda body: body["contract"].update(phase="SETTLED"),
    "reporter": lambda body: body["rounds"][2]["reports"][0].update(reporter=DESK.address),
    "transaction": lambda body: body["rounds"][2].update(tx_hash="0x" + "00" * 32),
    "reference": lambda body: body["series"].update(reference8="1"),
}


@pytest.mark.parametrize("lie", LIES)
def test_verify__a_signed_lie_about_the_chain__is_found_on_the_chain(settled, tmp_path, lie):
    output = stated(settled)

    def change(body):
        LIES[lie](body)
        body["csv_hash"] = "0x" + keccak(csv_of(body)).hex()

    path = tmp_path / "lie.json"
    path.write_text(json.dumps(resigned(output, KEEPER.key, change)))
    assert run("futures", "verify-statement", str(path)).code == 0
    found = settled.run("futures", "verify-statement", str(path))
    assert " is stated, " in found.error
    assert found.hint


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"statement":{"schema":"pargrade-statement-1"}}', "[" * 99, "1.5"]
)
def test_verify__a_file_of_another_form__is_one_clear_error(tmp_path: Path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    assert "not a settlement statement" in run("futures", "verify-statement", str(path)).error


def test_statement__before_the_window_is_over__is_refused(world):
    assert "the window is open until" in world.run("futures", "statement", "SPRING").error
    assert "was not listed" in world.run("futures", "statement", "512").error


def test_agreement__a_contract_that_says_otherwise__is_an_error(settled):
    from pargrade.deployment.session import open_session
    from pargrade.deployment.settlement_rounds import read_values

    session = open_session(settled.url, settled.path)
    head = session.chain.head()
    values = read_values(session, settled.series("TWO"), head, (), lambda _: None)
    figures = figures_for(values)
    require_agreement(figures, values.outcome)
    assert body_of(values)["figures"]["value_time"] == str(values.outcome.value_time)
    wrong = {
        "price": (values.outcome.price or 0) + 10_000,
        "proposed_cover": 1,
        "value_time": 1,
        "covered": 1,
    }
    for field, value in wrong.items():
        stated = {name: getattr(values.outcome, name) for name in ContractFigures.__slots__}
        with pytest.raises(StatementDiffers, match="follows from the rounds"):
            require_agreement(figures, ContractFigures(**(stated | {field: value})))
    assert values.window == Span(START, EXPIRY)
