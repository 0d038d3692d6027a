"""Bad input, everywhere: one clear error with a hint, exit code 1, and nothing changed."""

from dataclasses import replace

import pytest

from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.demo.cast import CHAT
from pargrade.devnet.accounts import DESK, GUARDIAN
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from tests.support.cli import run
from tests.support.peer import nobody
from tests.support.world import DAY, HOUR, MIDNIGHT, World

NOBODY = "0x000000000000000000000000000000000000dEaD"
POOR = "11" * 32
SERIES = ("--start", "2026-03-05", "--expiry", "2026-03-07", "--reference", "2.31")
A1GH = ("--grade", "A1GH")
# A command of every kind that reads or writes a chain.
EVERY_COMMAND = [
    ("wrap", "A1GH", "1"),
    ("unwrap", "A1GH", "1"),
    ("grade", "list"),
    ("grade", "show", "A1GH"),
    ("futures", "list"),
    ("futures", "show", "SPRING"),
    ("futures", "create", "X", *A1GH, *SERIES),
    ("futures", "open", "SPRING", "--lots", "1"),
    ("futures", "merge", "SPRING", "--lots", "1"),
    ("futures", "settle", "SPRING"),
    ("futures", "redeem", "SPRING"),
]
WRITES = [words for words in EVERY_COMMAND if words[1] not in ("list", "show")]


@pytest.fixture
def world_elsewhere(world):
    """The same chain under an id that is no development chain's."""
    world.chain.request("anvil_setChainId", 4242)
    world.rewrite(chain_id=4242)
    yield world
    world.chain.request("anvil_setChainId", 31337)


def names(commands):
    return [" ".join(words[:2]) for words in commands]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        # amounts
        (("wrap", "A1GH", "0"), "has to be more than zero"),
        (("wrap", "A1GH", "0.000000"), "has to be more than zero"),
        (("wrap", "A1GH", "--", "-5"), "has to be more than zero"),
        (("wrap", "A1GH", "9" * 40), "absurdly large"),
        (("wrap", "A1GH", "9" * 5000), "absurdly large"),
        (("wrap", "A1GH", "1.2345678"), "has more than the 6 decimals"),
        (("wrap", "A1GH", "1,000"), "is not a decimal amount"),
        (("wrap", "A1GH", "ten"), "is not a decimal amount"),
        (("wrap", "A1GH", "1e3"), "is not a decimal amount"),
        (("wrap", "A1GH", "nan"), "is not a decimal amount"),
        (("wrap", "A1GH", "5000.000001"), "holds 5,000 A1GH, not 5,000.000001 A1GH"),
        (("wrap", "A1GH", "1", "--min", "lots"), "is not a decimal amount"),
        (("wrap", "A1GH", "1", "--to", "0x12"), "is not an address"),
        (("wrap", "A1GH", "1", "--to", "0x" + 40 * "0"), "is the zero address"),
        (("unwrap", "A1GH", "0"), "has to be more than zero"),
        (("unwrap", "A1GH", "0.000000000000000001"), "NothingToMove"),
        (("unwrap", "A1GH", "3162.1"), "holds 3,162 pA1GH, not 3,162.1 pA1GH"),
        (("unwrap", "A1GH", "9" * 40), "absurdly large"),
        # symbols and series
        (("wrap", "B200", "1"), "no grade 'B200'"),
        (("unwrap", "", "1"), "no grade ''"),
        (("grade", "show", "B200"), "no grade 'B200'"),
        (("futures", "show", "AUTUMN"), "no series 'AUTUMN'"),
        (("futures", "open", "AUTUMN", "--lots", "1"), "no series 'AUTUMN'"),
        (("futures", "settle", "1234"), "UnknownSeries"),
        (("futures", "show", "9" * 78), "is not a uint256"),
        (("futures", "open", "MIX", "--lots", "1"), "takes several grades"),
        (("futures", "open", "MIX", "--lots", "1", "--grade", "EFLP"), "does not take grade EFLP"),
        # lots
        (("futures", "open", "SPRING"), "once, in lots or in contracts"),
        (("futures", "open", "SPRING", "--lots", "1", "--contracts", "1"), "once, in lots or"),
        (("futures", "open", "SPRING", "--lots", "0"), "lots has to be more than zero"),
        (("futures", "open", "SPRING", "--lots", "1.5"), "has more than the 0 decimals"),
        (("futures", "open", "SPRING", "--contracts", "0.00001"), "not a whole number of lots"),
        (("futures", "open", "SPRING", "--contracts", "0"), "has to be more than zero"),
        (("futures", "open", "SPRING", "--lots", str(2**64)), "absurdly large"),
        (("futures", "open", "SPRING", "--lots", "316201"), "pA1GH, not 3,162.01 pA1GH"),
        (("futures", "open", "MIX", *A1GH, "--lots", "1001"), "CapReached"),
        (("futures", "open", "SPRING", "--lots", "1", "--long", CHAT.address), "holds 0 tUSD"),
        (("futures", "merge", "SPRING", "--lots", "1"), "holds 0 lots of LONG, not 1"),
        # terms of a series
        (("futures", "create", "SPRING", *A1GH, *SERIES), "already has a series SPRING"),
        (("futures", "create", "7", *A1GH, *SERIES), "cannot be called '7'"),
        (("futures", "create", "no spaces", *A1GH, *SERIES), "cannot be called"),
        (("futures", "create", "X", "--grade", "B200", *SERIES), "no grade 'B200'"),
        (("futures", "create", "X", "--grade", "A1GH:many", *SERIES), "is not a decimal amount"),
        (("futures", "create", "X", "--grade", "A1GH:0", *SERIES), "has to be more than zero"),
        (("futures", "create", "X", *A1GH, *A1GH, *SERIES), "BadTerms(field=units)"),
        (("futures", "create", "X", *A1GH, *SERIES), "SeriesExists"),
        (("futures", "create", "X", *A1GH, *SERIES, "--reference", "2.315"), "not on the tick"),
        (("futures", "create", "X", *A1GH, *SERIES, "--reference", "1.15"), "ReferenceOffMarket"),
        (("futures", "create", "X", *A1GH, *SERIES, "--reference", "3.47"), "ReferenceOffMarket"),
        (("futures", "create", "X", *A1GH, *SERIES, "--reference", "0"), "more than zero"),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--reference", "999999999999"),
            "absurdly large",
        ),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--expiry", "2026-03-07T12:00"),
            "is not a UTC midnight",
        ),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--start", "2026-03-05T00:00+01:00"),
            "is not a UTC midnight",
        ),
        (("futures", "create", "X", *A1GH, *SERIES, "--expiry", "soon"), "is no instant"),
        (("futures", "create", "X", *A1GH, *SERIES, "--expiry", "2026-02-30"), "is no instant"),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--expiry", "2026-03-05"),
            "BadTerms(field=expiry)",
        ),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--expiry", "2026-08-01"),
            "BadTerms(field=expiry)",
        ),
        (
            ("futures", "create", "X", *A1GH, *SERIES, "--start", "2026-03-04"),
            "BadTerms(field=start)",
        ),
        (("futures", "create", "X", *A1GH, *SERIES, "--index", "3"), "UnknownIndex"),
        (("futures", "create", "X", *A1GH, *SERIES, "--index", "70000"), "is not a uint16"),
        # keys
        (("wrap", "A1GH", "1", "--key", "0x1234"), "not a private key"),
        (("wrap", "A1GH", "1", "--key", "secret"), "not a private key"),
        (("futures", "create", "X", *A1GH, *SERIES, "--key", DEVNET_KEYS[4]), "Unauthorized"),
        (("futures", "show", "SPRING", "--holder", "me"), "is not an address"),
    ],
)
def test_bad_input__any_command__one_error_with_a_hint_and_no_trace(world, words, error):
    with world.unchanged():
        place = words.index("--") if "--" in words else len(words)
        options = ("--rpc-url", world.url, "--deployment", str(world.path))
        ran = run(*words[:place], *options, *words[place:])
        assert error in ran.error
        assert ran.hint != ""


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=names(EVERY_COMMAND))
def test_rpc_down__any_command__one_error_and_no_trace(world, words):
    url = nobody()
    with world.unchanged():
        ran = run(*words, "--rpc-url", url, "--deployment", str(world.path))
        assert ran.error.startswith(f"no answer from {url}")
        assert "--rpc-url" in ran.hint


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=names(EVERY_COMMAND))
def test_wrong_chain__any_command__one_error_and_no_trace(world, words):
    world.rewrite(chain_id=1)
    with world.unchanged():
        ran = world.run(*words)
        assert "is chain 31337, expected chain 1" in ran.error


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=names(EVERY_COMMAND))
def test_no_deployment_file__any_command__one_error(world, words):
    world.path.unlink()
    with world.unchanged():
        ran = world.run(*words)
        assert "there is no deployment file" in ran.error
        assert "pargrade deploy" in ran.hint


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=names(EVERY_COMMAND))
def test_contracts_without_code__any_command__one_error_and_no_trace(world, words):
    known = world.deployment
    world.rewrite(
        quote_token=NOBODY,
        contracts={name: replace(c, address=NOBODY) for name, c in known.contracts.items()},
        grades={name: replace(g, unit=NOBODY, token=NOBODY) for name, g in known.grades.items()},
    )
    with world.unchanged():
        ran = world.run(*words)
        assert f"no such contract at {NOBODY}" in ran.error


@pytest.mark.parametrize("words", WRITES, ids=names(WRITES))
def test_no_key__outside_development_chains__one_error_and_no_trace(world_elsewhere, words):
    with world_elsewhere.unchanged():
        ran = world_elsewhere.run(*words)
        assert "has no key" in ran.error
        assert "PARGRADE_KEY" in ran.hint


def test_key_in_the_environment__outside_development_chains__is_used(world_elsewhere, monkeypatch):
    monkeypatch.setenv("PARGRADE_KEY", DEVNET_KEYS[4])
    assert world_elsewhere.run("wrap", "A1GH", "1").code == 0


def test_wallet_without_funds__tokens_but_no_coin__one_error_and_no_trace(world):
    poor = Key.parse(POOR).address
    world.send(DESK, world.token("A1GH").transfer(poor, 10**6))
    with world.unchanged():
        for dry_run in ((), ("--dry-run",)):
            ran = world.run("wrap", "A1GH", "1", "--key", POOR, *dry_run)
            assert f"{poor} holds 0 wei" in ran.error
            assert poor in ran.hint


def test_wallet_nearly_out_of_funds__approval_affordable_wrap_not__nothing_is_sent(world):
    poor = Wallet(world.chain, Key.parse(POOR))
    world.send(DESK, world.token("A1GH").transfer(poor.address, 10**6))
    # An approval takes some 60,000 gas with its margin, approval and wrap far more than twice that.
    funds = 100_000 * poor.ask_fees(100_000).max_fee
    world.chain.fund(poor.address, funds)
    with world.unchanged():
        assert f"holds {funds} wei" in world.run("wrap", "A1GH", "1", "--key", POOR).error


def test_open__after_the_entry_was_stopped__one_error_and_no_trace(world):
    world.send(GUARDIAN, world.market.stop_entry())
    with world.unchanged():
        assert "EntryIsStopped" in world.run("futures", "open", "SPRING", "--lots", "1").error


def test_open__after_expiry__one_error_and_no_trace(world):
    world.chain.advance(MIDNIGHT + 3 * DAY)
    with world.unchanged():
        ran = world.run("futures", "open", "SPRING", "--lots", "1")
        assert "MintingOver" in ran.error
        assert "2026-03-07 00:00 UTC" in ran.hint


def test_open__several_grades_after_the_window_opened__one_error_and_no_trace(world):
    world.chain.advance(MIDNIGHT + DAY)
    with world.unchanged():
        ran = world.run("futures", "open", "MIX", *A1GH, "--lots", "1")
        assert "MintingOver" in ran.error
        assert "2026-03-05 00:00 UTC" in ran.hint


def test_merge__once_settled__one_error_and_no_trace(world):
    world.run("futures", "open", "SPRING", "--lots", "5")
    world.chain.advance(MIDNIGHT + 3 * DAY + 14 * DAY)
    world.run("futures", "settle", "SPRING")
    with world.unchanged():
        ran = world.run("futures", "merge", "SPRING", "--lots", "5")
        assert "WrongPhase" in ran.error
        assert "redeem" in ran.hint


def test_create__index_gone_stale__one_error_and_no_trace(world):
    world.chain.advance(MIDNIGHT + 6 * HOUR)
    with world.unchanged():
        words = ("futures", "create", "X", "--grade", "EFLP", *SERIES)
        ran = world.run(*words)
        assert "StaleIndex" in ran.error
        assert "oracle" in ran.hint


def test_wrap__factor_expired__one_error_and_no_trace(world):
    world.chain.advance(MIDNIGHT + 200 * DAY)
    with world.unchanged():
        assert "GradeExpired" in world.run("wrap", "L70M", "1").error


def test_unwrap__restarted_chain__says_there_is_no_contract(world):
    with Devnet(genesis=MIDNIGHT) as fresh:
        restarted = World(fresh.chain, fresh.url, world.folder)
        with restarted.unchanged():
            assert "no such contract" in restarted.run("unwrap", "A1GH", "1").error


def test_broken_deployment_file__any_command__is_named(world):
    world.path.write_text('{"schema": 1}')
    with world.unchanged():
        ran = world.run("grade", "list")
        assert str(world.path) in ran.error
        assert "KeyError" in ran.error
