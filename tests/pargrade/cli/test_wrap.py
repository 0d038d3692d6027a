from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.wrapped_unit import Unwrapped, Wrapped
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.demo.cast import CHAT
from pargrade.devnet.accounts import DESK, GUARDIAN
from pargrade.grade.conversion import units_for
from pargrade.units import Scu

MINE = DESK.address


def test_wrap__tokens_of_every_decimals__mints_what_arrived_times_the_factor(world):
    for symbol, tokens in (("A1GH", "12.345678"), ("EFLP", "0.00000009"), ("L70M", "1.5")):
        unit = world.unit(symbol)
        before = unit.balance_of(MINE, block=Tag.LATEST)
        output = world.run("wrap", symbol, tokens, "--json").json
        factor = unit.factor(block=Tag.LATEST)

        assert int(output["units"]) == units_for(int(output["tokens"]), factor)
        assert unit.balance_of(MINE, block=Tag.LATEST) - before == int(output["units"])


def test_wrap__dry_run__tells_what_the_real_run_then_does_and_leaves_no_trace(world):
    with world.unchanged():
        planned = world.run("wrap", "EFLP", "7", "--json", "--dry-run").json
    done = world.run("wrap", "EFLP", "7", "--json").json

    assert planned["dry_run"]
    assert not done["dry_run"]
    assert {k: planned[k] for k in ("tokens", "units", "to")} == {
        k: done[k] for k in ("tokens", "units", "to")
    }
    assert [step["call"] for step in planned["steps"]] == [step["call"] for step in done["steps"]]
    assert all("tx_hash" not in step for step in planned["steps"])


def test_wrap__approval__is_for_exactly_the_amount_and_only_when_needed(world):
    token, unit = world.token("EFLP"), world.unit("EFLP")
    first = world.run("wrap", "EFLP", "7", "--json").json
    assert len(first["steps"]) == 2
    assert token.allowance(MINE, unit.address, block=Tag.LATEST) == 0

    world.send(DESK, token.approve(unit.address, 10**8))
    second = world.run("wrap", "EFLP", "1", "--json").json
    assert len(second["steps"]) == 1


def test_wrap__for_someone_else__they_get_the_units(world):
    world.run("wrap", "EFLP", "2", "--to", CHAT.address)
    assert world.unit("EFLP").balance_of(CHAT.address, block=Tag.LATEST) == 2 * 7019 * 10**14


def test_wrap__people__read_amounts_and_symbols(world):
    text = world.run("wrap", "A1GH", "1000").out
    assert text.startswith("1,000 A1GH arrived and became 632.4 pA1GH for 0x")
    assert "Sent IERC20Metadata.approve, WrappedUnit.wrap" in text


def test_wrap__minimum_out_of_reach__is_refused_before_the_approval(world):
    with world.unchanged():
        ran = world.run("wrap", "EFLP", "10", "--min", "7.02")
        assert "BelowMinimum" in ran.error
        assert "--min" in ran.hint


def test_wrap__grade_closed_by_the_guardian__is_refused_and_unwrap_goes_on(world):
    registry = GradeRegistry(world.chain, world.deployment.address("GradeRegistry"))
    world.send(GUARDIAN, registry.close(world.unit("A1GH").address))
    with world.unchanged():
        assert "WrapClosed" in world.run("wrap", "A1GH", "1").error
    assert world.run("unwrap", "A1GH", "1").code == 0


def test_unwrap__solvent__burns_only_what_it_pays_for(world):
    unit = world.unit("A1GH")
    before = unit.balance_of(MINE, block=Tag.LATEST)
    output = world.run("unwrap", "A1GH", "10", "--json").json
    paid, burned = int(output["tokens"]), int(output["units"])

    assert paid == 10 * 10**18 * 10**6 // (6324 * 10**14)
    assert burned == paid * 6324 * 10**14 // 10**6
    assert before - unit.balance_of(MINE, block=Tag.LATEST) == burned < 10 * Scu.parse("1")


def test_unwrap__dry_run__tells_what_the_real_run_then_does_and_leaves_no_trace(world):
    words = ("unwrap", "L70M", "1.2345", "--to", CHAT.address, "--json")
    with world.unchanged():
        planned = world.run(*words, "--dry-run").json
    done = world.run(*words).json
    assert (planned["tokens"], planned["units"]) == (done["tokens"], done["units"])
    assert world.token("L70M").balance_of(CHAT.address, block=Tag.LATEST) == int(done["tokens"])


def test_unwrap__token_shrank__pays_the_pro_rata_share(world):
    token, unit = world.token("A1GH"), world.unit("A1GH")
    # Balances are the first word of the token's storage: half of what the unit holds goes missing.
    held = token.balance_of(unit.address, block=Tag.LATEST)
    _set_balance(world, token.address, unit.address, held // 2)
    supply = unit.total_supply(block=Tag.LATEST)

    output = world.run("unwrap", "A1GH", "100", "--json").json
    assert output["short"]
    assert int(output["tokens"]) == 100 * 10**18 * (held // 2) // supply
    assert int(output["units"]) == 100 * 10**18


def test_unwrap__minimum_above_what_they_are_worth__is_refused(world):
    with world.unchanged():
        assert "BelowMinimum" in world.run("unwrap", "A1GH", "100", "--min", "200").error


def test_wrap_and_unwrap__events__are_what_was_reported(world):
    head = world.chain.head().number
    wrapped = world.run("wrap", "A1GH", "3", "--json").json
    unwrapped = world.run("unwrap", "A1GH", "1", "--json").json
    last = world.chain.head().number
    events = [e for _, e in world.unit("A1GH").history(Wrapped, Unwrapped, first=head, last=last)]

    assert [(str(e.tokens), str(e.units)) for e in events] == [
        (wrapped["tokens"], wrapped["units"]),
        (unwrapped["tokens"], unwrapped["units"]),
    ]


def _set_balance(world, token, holder, amount):
    slot = keccak(bytes(12) + bytes.fromhex(holder[2:]) + bytes(32))
    world.chain.request("anvil_setStorageAt", token, "0x" + slot.hex(), f"0x{amount:064x}")
    world.chain.mine()
