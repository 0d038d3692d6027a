import pytest

from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.chain.create2 import FACTORY
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.demo.cast import AURORA, CHAT
from pargrade.devnet.accounts import DESK, GUARDIAN
from pargrade.futures.payoff import Style, payoff
from pargrade.units import CONTRACT_LOTS, LOT, Price
from tests.support.world import DAY, HOUR, MIDNIGHT, SPOT, World

OPENS = MIDNIGHT + DAY
EXPIRES = MIDNIGHT + 3 * DAY
K = Price(SPOT)
MINE = DESK.address


def position(world: World, name: str, side: int, holder: str = MINE) -> int:
    return world.market.balance_of(holder, world.series(name) + side, block=Tag.LATEST)


def settle(world: World, value: int = SPOT) -> None:
    """Rounds to the expiry, proposed, and past the challenge."""
    world.cover(MIDNIGHT + 2 * HOUR, EXPIRES, value)
    assert world.run("futures", "settle", "SPRING").code == 0
    world.chain.advance(EXPIRES + DAY + HOUR)
    assert world.run("futures", "settle", "SPRING").code == 0


def deliver(world: World) -> None:
    """No round ever came: fourteen days later SPRING is delivered."""
    world.chain.advance(EXPIRES + 14 * DAY)
    assert world.run("futures", "settle", "SPRING").code == 0


def test_futures_create__series__is_kept_by_name_with_the_terms_given(world):
    listed = world.market.series(world.series("MIX"), block=Tag.LATEST)
    assert listed.phase is Phase.OPEN
    assert (listed.terms.start, listed.terms.expiry) == (OPENS, EXPIRES)
    assert listed.terms.reference_price == K
    assert listed.terms.cap_lots == (1000, 1000)
    assert listed.terms.units == tuple(world.unit(s).address for s in ("A1GH", "L70M"))
    assert listed.quote_per_lot == 23_100


def test_futures_create__no_cap_given__is_ten_contracts(world):
    listed = world.market.series(world.series("SPRING"), block=Tag.LATEST)
    assert listed.terms.cap_lots == (10 * CONTRACT_LOTS,)


def test_futures_create__dry_run__names_the_id_the_real_run_gets_and_leaves_no_trace(world):
    words = (
        *("futures", "create", "MAY", "--style", "delivery", "--grade", "EFLP:100"),
        *("--start", "2026-03-05", "--expiry", "2026-03-12", "--reference", "2", "--json"),
    )
    with world.unchanged():
        planned = world.run(*words, "--dry-run").json
    assert planned["series_id"] == world.run(*words).json["series_id"]
    assert str(world.series("MAY")) == planned["series_id"]


def test_futures_list__every_series_of_the_market__by_name_or_else_by_id(world):
    output = world.run("futures", "list", "--json").json
    assert [series["name"] for series in output] == ["SPRING", "MIX"]

    world.rewrite(series={})
    output = world.run("futures", "list", "--json").json
    assert [series["name"] for series in output] == [series["series_id"] for series in output]
    assert world.run("futures", "show", output[0]["series_id"]).code == 0


def test_futures_open__contracts__locks_both_sides_and_mints_the_pair(world):
    before = world.holdings(MINE)
    output = world.run("futures", "open", "SPRING", "--contracts", "0.5", "--json").json
    after = world.holdings(MINE)

    assert output["lots"] == CONTRACT_LOTS // 2
    assert before["tUSD"] - after["tUSD"] == int(output["quote"]) == 36_500 * 23_100
    assert before["A1GH"] - after["A1GH"] == int(output["units"]) == 36_500 * LOT
    assert position(world, "SPRING", 0) == position(world, "SPRING", 1) == 36_500


def test_futures_open__dry_run__leaves_no_trace_and_names_the_same_steps(world):
    words = ("futures", "open", "MIX", "--grade", "L70M", "--lots", "7", "--json")
    with world.unchanged():
        planned = world.run(*words, "--dry-run").json
    done = world.run(*words).json
    calls = ["IERC20Metadata.approve", "IERC20Metadata.approve", "FuturesMarket.open"]
    assert [step["call"] for step in planned["steps"]] == calls
    assert [step["call"] for step in done["steps"]] == calls


def test_futures_open__for_two_parties_that_trust_the_desk__each_gets_its_side(world):
    world.send(DESK, world.unit("A1GH").transfer(AURORA.address, 10 * LOT))
    world.send(DESK, world.quote.transfer(CHAT.address, 10**6))
    parties = ("--long", CHAT.address, "--short", AURORA.address)
    words = ("futures", "open", "SPRING", "--lots", "10", *parties)
    with world.unchanged():
        assert "NotAuthorised" in world.run(*words).error
    for party in (CHAT, AURORA):
        world.send(party, world.market.set_operator(MINE, True))
    with world.unchanged():
        assert "ERC20InsufficientAllowance" in world.run(*words).error
    world.send(CHAT, world.quote.approve(world.market.address, 10**6))
    world.send(AURORA, world.unit("A1GH").approve(world.market.address, 10 * LOT))

    assert world.run(*words).code == 0
    assert position(world, "SPRING", 0, CHAT.address) == 10
    assert position(world, "SPRING", 1, AURORA.address) == 10


def test_futures_merge__part__gives_both_locks_back(world):
    before = world.holdings(MINE)
    world.run("futures", "open", "SPRING", "--lots", "100")
    with world.unchanged():
        assert world.run("futures", "merge", "SPRING", "--lots", "40", "--dry-run").code == 0
    output = world.run("futures", "merge", "SPRING", "--lots", "40", "--json").json
    after = world.holdings(MINE)

    assert output["lots"] == 40
    assert before["tUSD"] - after["tUSD"] == 60 * 23_100
    assert before["A1GH"] - after["A1GH"] == 60 * LOT
    assert position(world, "SPRING", 0) == position(world, "SPRING", 1) == 60


def test_futures_show__while_open__coverage_grows_and_the_next_step_is_the_expiry(world):
    world.run("futures", "open", "SPRING", "--lots", "100")
    world.cover(MIDNIGHT + 2 * HOUR, OPENS + 30 * HOUR, SPOT + 10**6)
    output = world.run("futures", "show", "SPRING", "--json").json

    assert output["coverage"]["span_seconds"] == DAY
    assert output["coverage"]["covered_seconds"] == DAY
    assert output["coverage"]["average"] == str(SPOT + 10**6)
    assert output["next"] == "it expires at 2026-03-07 00:00 UTC"
    assert output["balances"]["LONG"] == output["balances"]["SHORT A1GH"] == "100"
    assert output["price"] is None
    assert output["per_lot"] is None


def test_futures_settle__below_k__longs_get_s_in_quote_and_shorts_the_rest_and_their_units(world):
    world.run("futures", "open", "SPRING", "--lots", "1000")
    before = world.holdings(MINE)
    settle(world, value=SPOT - 5 * 10**6)
    output = world.run("futures", "show", "SPRING", "--json").json
    price = Price(int(output["price"]))
    expected = payoff(Style.NET, price, K, 6)

    assert price == SPOT - 5 * 10**6
    assert output["phase"] == "SETTLED"
    assert output["per_lot"]["long_quote"] == str(expected.long_quote)
    paid = world.run("futures", "redeem", "SPRING", "--json").json["payouts"]
    long, short = paid
    quote, unit = world.quote.address, world.unit("A1GH").address
    assert long["paid"] == {quote: str(1000 * expected.long_quote)}
    assert short["paid"] == {
        quote: str(1000 * expected.short_quote),
        unit: str(1000 * LOT),
    }
    after = world.holdings(MINE)
    assert after["tUSD"] - before["tUSD"] == 1000 * 23_100
    assert after["A1GH"] - before["A1GH"] == 1000 * LOT


def test_futures_settle__above_k__longs_get_k_in_quote_and_the_rest_in_units(world):
    world.run("futures", "open", "SPRING", "--lots", "1000")
    settle(world, value=SPOT + 20 * 10**6)
    expected = payoff(Style.NET, Price(SPOT + 20 * 10**6), K, 6)
    words = ("futures", "redeem", "SPRING", "--position", "long", "--lots", "250", "--json")
    with world.unchanged():
        planned = world.run(*words, "--dry-run").json["payouts"]
    [long] = world.run(*words).json["payouts"]

    assert planned == [long]
    assert long["paid"] == {
        world.quote.address: str(250 * expected.long_quote),
        world.unit("A1GH").address: str(250 * expected.long_units),
    }
    assert position(world, "SPRING", 0) == 750


def test_futures_settle__step_by_step__says_what_it_did_and_from_when_the_next_is_possible(world):
    world.run("futures", "open", "SPRING", "--lots", "10")
    with world.unchanged():
        early = world.run("futures", "settle", "SPRING")
        assert "NotReady" in early.error
        assert "2026-03-07 00:00 UTC" in early.hint
    world.cover(MIDNIGHT + 2 * HOUR, EXPIRES)
    with world.unchanged():
        planned = world.run("futures", "settle", "SPRING", "--dry-run", "--json").json
    proposed = world.run("futures", "settle", "SPRING", "--json").json
    assert proposed["step"] == planned["step"] == "propose"
    assert proposed["price"] == planned["price"] == str(SPOT)
    assert proposed["covered_seconds"] == 2 * DAY

    shown = world.run("futures", "show", "SPRING", "--json").json
    assert shown["phase"] == "PROPOSED"
    assert shown["per_lot"]["long_quote"] == "23100"
    assert "can be made final from 2026-03-08" in shown["next"]
    with world.unchanged():
        waiting = world.run("futures", "settle", "SPRING")
        assert "ChallengeOpen" in waiting.error
        assert "2026-03-08" in waiting.hint
    world.chain.advance(proposed["challenge_ends"])
    final = world.run("futures", "settle", "SPRING", "--json").json
    assert (final["step"], final["phase"]) == ("finalise", "SETTLED")


def test_futures_settle__again_once_final__changes_nothing_and_succeeds(world):
    deliver(world)
    with world.unchanged():
        output = world.run("futures", "settle", "SPRING", "--json").json
    assert output["step"] is None
    assert output["phase"] == "DELIVERED"
    assert "nothing to do" in world.run("futures", "settle", "SPRING").out


def test_futures_settle__too_little_covered__hint_says_when_less_is_enough(world):
    world.cover(EXPIRES, EXPIRES)
    with world.unchanged():
        ran = world.run("futures", "settle", "SPRING")
        assert "CoverageTooLow" in ran.error
        assert "Seven days after expiry" in ran.hint
    shown = world.run("futures", "show", "SPRING", "--json").json
    assert "from 2026-03-14 00:00 UTC a quarter is enough" in shown["next"]


def test_futures_settle__never_any_price__is_delivered_after_fourteen_days(world):
    world.run("futures", "open", "SPRING", "--lots", "10")
    world.chain.advance(EXPIRES + 13 * DAY)
    shown = world.run("futures", "show", "SPRING", "--json").json
    assert "it is delivered from 2026-03-21 00:00 UTC" in shown["next"]
    with world.unchanged():
        late = world.run("futures", "settle", "SPRING")
        assert "BetweenRungs" in late.error
        assert "2026-03-21 00:00 UTC" in late.hint

    world.chain.advance(EXPIRES + 14 * DAY)
    shown = world.run("futures", "show", "SPRING", "--json").json
    assert shown["next"] == "it can be delivered now"
    output = world.run("futures", "settle", "SPRING", "--json").json
    assert output["phase"] == "DELIVERED"
    long, short = world.run("futures", "redeem", "SPRING", "--json").json["payouts"]
    assert long["paid"] == {world.unit("A1GH").address: str(10 * LOT)}
    assert short["paid"] == {world.quote.address: str(10 * 23_100)}


def test_futures_redeem__delivery_style_at_expiry__settles_and_pays_in_one_go(world):
    world.run(
        *("futures", "create", "D", "--style", "delivery", "--grade", "A1GH"),
        *("--start", "2026-03-05", "--expiry", "2026-03-06", "--reference", "2.31"),
    )
    world.run("futures", "open", "D", "--lots", "20")
    world.chain.advance(MIDNIGHT + 2 * DAY)
    assert "delivered now" in world.run("futures", "show", "D", "--json").json["next"]
    [long] = world.run("futures", "redeem", "D", "--position", "long", "--json").json["payouts"]
    assert long["paid"] == {world.unit("A1GH").address: str(20 * LOT)}


def test_futures_redeem__for_holders__pays_each_their_own(world):
    world.run("futures", "open", "SPRING", "--lots", "30")
    series = world.series("SPRING")
    world.send(DESK, world.market.transfer(CHAT.address, series, 12))
    world.send(DESK, world.market.transfer(AURORA.address, series + 1, 30))
    settle(world)
    holders = f"{CHAT.address},{AURORA.address},{GUARDIAN.address}"
    output = world.run("futures", "redeem", "SPRING", "--for", holders, "--json").json

    assert [(p["position"], p["holder"], p["lots"]) for p in output["payouts"]] == [
        ("LONG", CHAT.address, 12),
        ("SHORT A1GH", AURORA.address, 30),
    ]
    assert world.holdings(CHAT.address)["tUSD"] == 12 * 23_100
    assert world.holdings(AURORA.address)["A1GH"] == 30 * LOT
    assert position(world, "SPRING", 0) == 18


def test_futures_redeem__to_someone_else__they_are_paid(world):
    world.run("futures", "open", "SPRING", "--lots", "5")
    deliver(world)
    world.run("futures", "redeem", "SPRING", "--position", "short:A1GH", "--to", CHAT.address)
    assert world.holdings(CHAT.address)["tUSD"] == 5 * 23_100


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "there is nothing of SPRING to redeem"),
        (("--for", CHAT.address), "there is nothing of SPRING to redeem"),
        (("--for", FACTORY), "contracts without a payout address"),
        (("--position", "middle"), "is no position"),
        (("--position", "short:EFLP"), "is no position"),
        (("--position", "long:A1GH"), "is no position"),
        (("--lots", "3"), "lots can only be given for one position"),
        (("--lots", "3", "--for", CHAT.address), "lots can only be given for one position"),
        (("--position", "long", "--lots", "3"), "holds 0 lots of LONG, not 3"),
        (("--for", "0x1"), "is not an address"),
    ],
)
def test_futures_redeem__bad_input__one_error_and_no_trace(world, words, error):
    deliver(world)
    with world.unchanged():
        assert error in world.run("futures", "redeem", "SPRING", *words).error


def test_futures_claim__payout_that_failed__is_collected_once_by_whom_the_holder_names(world):
    world.run("futures", "open", "SPRING", "--lots", "100")
    settle(world)
    # A redemption to nobody is credited to the holder, as where a token refuses the recipient.
    world.send(DESK, world.market.redeem(world.series("SPRING") + 1, 100, ZERO_ADDRESS))
    units = world.unit("A1GH").address
    owed = world.market.claimable(units, MINE, block=Tag.LATEST)
    assert owed > 0
    words = ("futures", "claim", "SPRING", "--to", CHAT.address)
    with world.unchanged():
        assert "would be paid" in world.run(*words, "--dry-run").out
    before = world.holdings(CHAT.address)
    output = world.run(*words, "--json").json
    assert output["claimed"][units] == str(owed)
    assert world.holdings(CHAT.address)["A1GH"] - before["A1GH"] == owed
    with world.unchanged():
        assert f"{MINE} has nothing of SPRING to claim" in world.run(*words).error


def test_futures_redeem__before_expiry__is_refused_with_the_time(world):
    world.run("futures", "open", "SPRING", "--lots", "5")
    with world.unchanged():
        ran = world.run("futures", "redeem", "SPRING")
        assert "NotReady" in ran.error
        assert "2026-03-07" in ran.hint


def test_futures_redeem__price_not_proposed_yet__says_to_settle_first(world):
    world.run("futures", "open", "SPRING", "--lots", "5")
    world.cover(MIDNIGHT + 2 * HOUR, EXPIRES)
    with world.unchanged():
        ran = world.run("futures", "redeem", "SPRING")
    assert ran.error == "the price of SPRING is not proposed yet"
    assert "pargrade futures settle SPRING" in ran.hint


def test_futures_list__each_series__with_what_is_due_for_it(world):
    assert {s["due"] for s in world.run("futures", "list", "--json").json} == {"nothing"}
    world.cover(MIDNIGHT + 2 * HOUR, EXPIRES)
    listed = world.run("futures", "list", "--json").json
    assert [(s["due"], s["outcome"], s["rung"]) for s in listed] == 2 * [
        ("propose", "PROPOSED", "FULL")
    ]
    assert world.run("futures", "list").out.count("propose") == 2


def test_futures_show__people__read_terms_price_and_payoff(world):
    world.run("futures", "open", "SPRING", "--contracts", "1")
    settle(world, value=SPOT + 20 * 10**6)
    text = world.run("futures", "show", "SPRING").out
    for words in (
        "2026-03-05 00:00 UTC to 2026-03-07 00:00 UTC",
        "2.51 USD per SCU",
        "73,000 lots (1 contracts)",
        "100 % up to 2026-03-07 00:00 UTC, average 2.51",
        "positions can be redeemed",
    ):
        assert words in text


BANDED = (
    *("futures", "create", "BAND", "--style", "banded"),
    *("--start", "2026-03-05", "--expiry", "2026-03-07", "--reference", "2.31"),
)


def test_futures_banded__whole_life__locks_and_pays_quote_alone(world):
    created = world.run(*BANDED, "--low", "1.31", "--high", "4.31", "--cap", "500", "--json").json
    assert (created["quote_per_lot"], created["short_quote_per_lot"]) == ("10000", "20000")
    shown = world.run("futures", "show", "BAND").out
    assert "1.31 to 4.31 USD per SCU" in shown
    [output] = [s for s in world.run("futures", "list", "--json").json if s["name"] == "BAND"]
    assert (output["style"], output["grades"], output["cap_lots"]) == ("banded", [], 500)

    before = world.holdings(MINE)
    opened = world.run("futures", "open", "BAND", "--lots", "100", "--json").json
    assert (opened["quote"], opened["short_quote"], opened["units"]) == ("1000000", "2000000", "0")
    assert before["tUSD"] - world.holdings(MINE)["tUSD"] == 3_000_000
    world.run("futures", "merge", "BAND", "--lots", "40")
    assert before["tUSD"] - world.holdings(MINE)["tUSD"] == 1_800_000

    world.cover(MIDNIGHT + 2 * HOUR, EXPIRES, SPOT + 10**8)
    assert "proposed" in world.run("futures", "settle", "BAND").out
    assert "SHORT" in world.run("futures", "show", "BAND").out
    world.chain.advance(EXPIRES + DAY + HOUR)
    assert world.run("futures", "settle", "BAND").code == 0
    paid = world.run("futures", "redeem", "BAND", "--position", "short", "--json").json["payouts"]
    assert [list(each["paid"].values()) for each in paid] == [["600000"]]
    assert world.run("futures", "redeem", "BAND").code == 0
    assert world.holdings(MINE) == before


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--low", "1.31"), "do not make a banded series"),
        (("--low", "1.31", "--high", "4", "--grade", "A1GH"), "do not make a banded series"),
        (("--low", "2.31", "--high", "4"), "does not hold K = 2.31 inside"),
        (("--low", "1.311", "--high", "4"), "tick"),
        (("--style", "net", "--low", "1", "--grade", "A1GH"), "do not make a net series"),
        (("--style", "delivery"), "do not make a delivery series"),
    ],
)
def test_futures_create__options_of_another_style__are_refused_before_anything_is_sent(
    world, options, text
):
    with world.unchanged():
        ran = world.run(*BANDED, *options)
    assert ran.code != 0
    assert text in " ".join(ran.error.split())


def test_futures_banded__a_grade_named__is_refused(world):
    world.run(*BANDED, "--low", "1.31", "--high", "4.31")
    with world.unchanged():
        opening = world.run("futures", "open", "BAND", "--grade", "A1GH", "--lots", "1")
        redeeming = world.run("futures", "redeem", "BAND", "--position", "short:A1GH")
    assert "does not take grade A1GH" in opening.error
    assert "Say long, or short." in redeeming.err
