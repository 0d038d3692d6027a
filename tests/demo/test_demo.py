"""The demo, run as a person runs it, and its summary checked against the chain it leaves."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from oracle.member.config import MemberConfig
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.rpc import Chain
from pargrade.demo.cast import ASSIST, AURORA, CHAT, SEARCH, VISION
from pargrade.demo.members import CORRUPTED, DEAD
from pargrade.demo.rounds import recorded_rounds
from pargrade.devnet.accounts import DESK, RELAY
from tests.demo.receipts import ReceiptBooks

pytestmark = pytest.mark.full

LOT = 10**16


@dataclass(frozen=True)
class Run:
    """A demo whose chain is still up."""

    folder: Path
    summary: dict[str, Any]
    output: str
    books: ReceiptBooks


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("demo")
    out, log = folder / "out", folder / "stdout"
    command = [sys.executable, "-m", "pargrade.cli", "demo", "--out", str(out), "--keep"]
    with log.open("w") as stdout:
        process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    text = []
    for line in process.stderr:
        text.append(line)
        if "Ctrl-C ends it" in line:
            break
    else:
        process.wait(timeout=20)
    assert process.poll() is None, "".join(text)
    family = psutil.Process(process.pid).children(recursive=True)
    try:
        summary = json.loads((out / "summary.json").read_text())
        yield Run(out, summary, log.read_text(), ReceiptBooks(summary, summary["rpc_url"]))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive, f"left behind: {alive}"
    assert process.returncode == 130


def test_demo__index__is_the_last_round_recorded(run: Run) -> None:
    last = list(run.books.events(run.books.index, "RoundRecorded"))[-1]["args"]
    assert run.summary["index"]["value"] == str(last["value"])
    assert run.summary["index"]["slot"] == last["slot"]


def test_demo__grades__hold_what_was_transferred(run: Run) -> None:
    for grade in run.summary["grades"].values():
        assert grade["locked"] == str(run.books.balance(grade["token"], grade["unit"]))
        assert grade["units"] == str(run.books.supply(grade["unit"]))
        backed = int(grade["locked"]) * int(grade["factor"]) // 10 ** grade["decimals"]
        assert backed >= int(grade["units"])


def test_demo__settlement__is_the_time_average_of_the_rounds(run: Run) -> None:
    rounds = [
        (event["args"]["slot"], event["args"]["value"])
        for event in run.books.events(run.books.index, "RoundRecorded")
    ]
    _, heartbeat, grace, *_ = run.books.index.functions.timing().call()
    hold = heartbeat + grace
    settled = [s for s in run.summary["series"].values() if s["S"] is not None]
    assert settled
    for series in settled:
        area = covered = 0
        for (slot, value), (after, _) in zip(rounds, [*rounds[1:], (2**40, 0)], strict=True):
            start, end = max(slot, series["A"]), min(slot + hold, after, series["B"])
            if end > start:
                area, covered = area + value * (end - start), covered + end - start
        assert covered == series["covered_seconds"]
        # Python rounds fractions half to even, as the market does.
        assert int(series["S"]) == round(Fraction(area, covered * 10**4)) * 10**4


def test_demo__payouts__follow_from_positions_and_price(run: Run) -> None:
    """Every Redeemed event is owed what the payoff formula says; their sums are the summary's."""
    owed: dict[str, dict[str, int]] = {}
    quote = run.summary["quote_token"]
    by_id = {int(series["id"]): series for series in run.summary["series"].values()}
    for event in run.books.events(run.books.market, "Redeemed"):
        args = event["args"]
        series = by_id[args["position"] & ~0xFF]
        side = args["position"] & 0xFF
        lots_of = run.books.lots(int(series["id"]))
        units = run.books.market.functions.series(int(series["id"])).call()[0][8]
        long_quote, short_quote, long_units, short_units = _per_lot(series)
        mine = owed.setdefault(args["to"], {})
        if side == 0:
            mine[quote] = mine.get(quote, 0) + args["lots"] * long_quote
            for grade, lots in lots_of.items():
                unit = units[grade]
                share = args["lots"] * long_units * lots // sum(lots_of.values())
                mine[unit] = mine.get(unit, 0) + share
        else:
            unit = units[side - 1]
            mine[quote] = mine.get(quote, 0) + args["lots"] * short_quote
            mine[unit] = mine.get(unit, 0) + args["lots"] * short_units
    owed = {who: {t: n for t, n in each.items() if n} for who, each in owed.items()}
    paid = {who: dict(each) for who, each in run.books.paid().items()}
    assert owed == paid
    symbols = {quote: "tUSD"} | {
        grade["unit"]: f"p{symbol}" for symbol, grade in run.summary["grades"].items()
    }
    assert run.summary["payouts"] == {
        who: {symbols[token]: str(amount) for token, amount in each.items()}
        for who, each in paid.items()
    }


def test_demo__conservation__no_quote_and_no_lot_is_missing(run: Run) -> None:
    redemptions = len(list(run.books.events(run.books.market, "Redeemed")))
    for asset, line in run.summary["conservation"].items():
        assert int(line["lock"]) - int(line["payouts"]) == int(line["difference"])
        assert line["held"] == line["difference"]
        most = 0 if asset == "tUSD" else redemptions
        assert 0 <= int(line["difference"]) <= most
    locked = sum(
        sum(run.books.lots(int(s["id"])).values()) * int(s["quote_per_lot"])
        for s in run.summary["series"].values()
    )
    assert int(run.summary["conservation"]["tUSD"]["lock"]) == locked


def test_demo__trades__are_of_two_signed_orders_each_and_no_hand_opened_both_sides(
    run: Run,
) -> None:
    """Every pair comes out of a fill, which names maker and taker; the summary tells all fills."""
    met = {
        (event["transactionHash"], event["args"]["maker"], event["args"]["taker"])
        for event in run.books.events(run.books.exchange, "Filled")
    }
    opened = list(run.books.events(run.books.market, "Opened"))
    assert opened
    for event in opened:
        tx, args = event["transactionHash"], event["args"]
        long, short = args["long"], args["short"]
        assert long != short
        assert {(tx, long, short), (tx, short, long)} & met
    senders = {run.books.web3.eth.get_transaction(tx)["from"] for tx, _, _ in met}
    assert senders == {RELAY.address}
    fills = run.summary["fills"]
    assert len(fills) == len(list(run.books.events(run.books.exchange, "Filled")))
    teams = {each["buyer"] for each in fills if each["seller"] == DESK.address}
    assert teams == {CHAT.address, SEARCH.address}
    assert {CHAT.address, SEARCH.address, VISION.address} <= {each["buyer"] for each in fills}
    assert {each["leg"] for each in fills} == {"MINT", "LONG", "MERGE"}


def test_demo__call__cleared_what_two_parties_signed_for_it(run: Run) -> None:
    call = run.summary["call"]
    [fill] = [each for each in run.summary["fills"] if each["series"] == call["series"]]
    assert (call["price"], call["lots"]) == (fill["price"], fill["lots"])
    assert call["source"] == "CALL"
    assert f"Hourly call of {call['series']}" in run.output


def test_demo__hedge__was_worth_what_flowed_between_holder_market_and_counterparty(
    run: Run,
) -> None:
    """One team hedged before the price moved, one after, one never; the network took the rest."""
    hedges, series = run.summary["hedges"], run.summary["series"]["NET-A1GH"]
    reference, price = int(series["K"]), int(series["S"])
    assert hedges["series"] == "NET-A1GH"
    assert price > reference + 10**6
    worth = {who: int(party["worth"]) for who, party in hedges["parties"].items()}
    assert sum(worth.values()) == 0
    early, late, network, desk = (each.address for each in (CHAT, SEARCH, AURORA, DESK))
    assert set(worth) == {early, late, network, desk}
    assert worth[early] > 13 * 10**6
    # A contract is 730 SCU; who came late paid the last value, rounded down to a cent, and
    # over the month it moved by less than another.
    assert 0 <= worth[late] < 2 * 730 * 10**4
    # Of each contract that the desk bought and sold on it keeps a cent an SCU, whatever S is.
    assert hedges["parties"][desk]["lots"] == 0
    assert worth[desk] == 2 * 730 * 10**4
    assert worth[network] < -worth[desk]

    # Chat holds nothing else, so all its dollars and units are the hedge's.
    quote, nobody = run.summary["quote_token"], "0x" + "0" * 40
    moved = [event["args"] for event in run.books.transfers if event["address"] == quote]
    dollars = sum(
        each["value"] * ((each["to"] == early) - (each["from"] == early))
        for each in moved
        if each["from"] != nobody
    )
    units = int(run.summary["payouts"][early]["pA1GH"])
    assert abs(dollars + units * price // 10**20 - worth[early]) < 1_000
    locked = int(hedges["parties"][early]["locked_price"])
    assert reference <= locked < int(hedges["parties"][late]["locked_price"]) <= price


def test_demo__hedge__is_in_the_table_beside_a_team_without_one(run: Run) -> None:
    shown = run.output.partition("What the hedge was worth")[2].partition("Nothing is lost")[0]
    rows = {line.split("  ")[1]: line for line in shown.splitlines() if "  buys " in line}
    assert set(rows) == {"Chat team", "Search team", "Audio team"}
    assert "not hedged" in rows["Audio team"]
    assert rows["Audio team"].split()[-1] == "0.00"
    assert float(rows["Chat team"].split()[-1]) > 13


def test_demo__gas__is_what_receipts_say(run: Run) -> None:
    books = run.books
    assert run.summary["gas"]["index_update"] == books.gas(books.index, "RoundRecorded")
    assert run.summary["gas"]["wrap"] == books.gas(books.unit, "Wrapped", anywhere=True)
    assert run.summary["gas"]["unwrap"] == books.gas(books.unit, "Unwrapped", anywhere=True)
    assert run.summary["gas"]["fill"] == books.gas(books.exchange, "Filled")
    for act, event in (("propose", "Proposed"), ("redeem", "Redeemed")):
        assert run.summary["gas"][act] == books.gas(books.market, event)


def test_demo__corrupted_source_and_dead_member__leave_every_digit_as_it_is(run: Run) -> None:
    found = run.summary["committee"]
    assert found["is_unmoved"]
    assert found["value8"] == found["value8_without_corrupted"] == found["value8_on_chain"]
    assert found["explained"] > 10
    # The corrupted batch may be late, the dead one cannot come.
    assert DEAD not in found["batches"]
    assert len(found["batches"]) >= 3
    # A list that is fetched while a slot opens may be in one honest batch and not in another.
    for position, value in found["alone"].items():
        is_near = abs(int(value) - int(found["value8"])) < int(found["value8"]) // 20
        assert is_near == (position != str(CORRUPTED))
    recorded = {
        event["args"]["slot"]: str(event["args"]["value"])
        for event in run.books.events(run.books.index, "RoundRecorded")
    }
    assert found["slot"] == max(recorded)
    assert recorded[found["slot"]] == found["value8"]
    assert "To the last digit the same" in run.output


def test_demo__corrupted_source__is_far_off_alone_and_no_price_of_it_is_taken(run: Run) -> None:
    chain = Chain.connect(run.summary["rpc_url"])
    index = SpotIndexV2(chain, run.summary["contracts"]["SpotIndex"])
    with (run.folder / "explanations.json").open() as file:
        explanations = json.load(file)
    rounds = recorded_rounds(index, 0, run.summary["block"], explanations)
    with_liar = [each for each in rounds if CORRUPTED in each.alone]
    assert len(with_liar) > 10
    for each in with_liar:
        assert each.alone[CORRUPTED] > 1.2 * each.value
        honest = [each.alone[position] for position in each.alone if position != CORRUPTED]
        assert min(honest) * 19 // 20 <= each.value <= max(honest) * 21 // 20
    for line in run.summary["committee"]["lines"]:
        [taken] = [each for each in line["stated"] if each["price8"] == line["price8"]]
        assert CORRUPTED not in taken["positions"]


def test_demo__index__was_signed_by_as_many_as_the_chain_asks_for(run: Run) -> None:
    signers = [
        event["args"]["signers"].bit_count()
        for event in run.books.events(run.books.index, "ReportRecorded")
    ]
    assert len(signers) == run.summary["index"]["rounds"]
    assert min(signers) >= run.summary["index"]["quorum"]


def test_demo__a_member__serves_every_round_of_the_chain_with_its_signers(run: Run) -> None:
    config = MemberConfig.read_file(run.folder / "members" / "member-1.toml")
    served = httpx.get(f"{config.url}/history?limit=1000", timeout=60).json()["rounds"]
    recorded = [
        (event["args"]["slot"], str(event["args"]["value"]))
        for event in run.books.events(run.books.index, "RoundRecorded")
    ]
    assert [(each["slot"], each["value8"]) for each in served] == recorded
    assert min(each["signers"] for each in served) >= run.summary["index"]["quorum"]
    assert httpx.get(f"{config.url}/history?index=none", timeout=60).status_code == 404


def test_demo__files__are_there_for_people_and_machines(run: Run) -> None:
    assert (run.folder / "index.png").stat().st_size > 20_000
    for word in ("Who got what", "SCU per token", "coverage", "left out", "Nothing is lost"):
        assert word in run.output
    assert run.summary["chain_id"] == 31337


def _per_lot(series: dict[str, Any]) -> tuple[int, int, int, int]:
    reference = int(series["K"])
    lock = reference * 10**6 // 10**10
    if series["S"] is None:
        return 0, lock, LOT, 0
    price = int(series["S"])
    long_quote = min(price, reference) * 10**6 // 10**10
    short_units = LOT * reference // price if price > reference else LOT
    return long_quote, lock - long_quote, LOT - short_units, short_units


def test_demo__pipeline__bought_what_its_bill_says_and_the_rise_came_back(run: Run) -> None:
    found = run.summary["pipeline"]
    series = run.summary["series"][found["series"]]
    settled, used = int(series["S"]), int(found["lots_used"])
    opened = [
        event["args"]["lots"]
        for event in run.books.events(run.books.market, "Opened")
        if event["args"]["long"] == ASSIST.address
    ]
    hedged = sum(opened)
    assert int(found["lots_hedged"]) == hedged > 0
    assert found["at_S"] == str(used * settled)
    # No fee is set, and its one offer was at K.
    assert int(found["hedge"]) == hedged * (int(series["K"]) - settled) < 0
    assert int(found["with_hedge"]) == int(found["at_S"]) + int(found["hedge"])
    rows = (run.folder / "assist-hedge.csv").read_text().splitlines()
    assert len(rows) == 1 + len(found["rows"])
    assert (run.folder / "plans" / "audit.ndjson").exists()
    assert "April with its hedge" in run.output
