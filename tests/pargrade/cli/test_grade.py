import json

import pytest

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.devnet.accounts import ADMIN, CURATOR, DESK
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.devnet.grades import DEVNET
from pargrade.grade.file import load_terms

TERMS = """
network = "borealis"
decimals = 6
kind = "REDEEMABLE"
denomination = "GPU_HOUR"
model = "B200-SXM-180"
quantity = "3600"
scu_per_token = "1.8939"
method_hash = "0xead5280d801581fa10de378e5debe87334f441c2c9840c16877eea10dda6fd17"
valid_until = 2027-03-01T00:00:00Z
deposit_cap = "1000000"
"""


@pytest.fixture
def token(world):
    """A token of six decimals that no grade has yet."""
    receipt = world.send(ADMIN, TestToken.deploy("Borealis B200 hour", "B2GH", 6))
    return receipt.contract


@pytest.fixture
def terms(world):
    path = world.folder / "terms.toml"
    path.write_text(TERMS)
    return path


def registry_of(world):
    return GradeRegistry(world.chain, world.deployment.address("GradeRegistry"))


def test_grade_list__every_grade__factor_and_stock_are_the_chains(world):
    output = world.run("grade", "list", "--json").json
    assert [grade["symbol"] for grade in output] == ["A1GH", "EFLP", "L70M"]
    for grade in output:
        unit, token = world.unit(grade["symbol"]), world.token(grade["symbol"])
        assert int(grade["scu_per_token"]) == unit.factor(block=Tag.LATEST).scu_per_token
        assert int(grade["units"]) == unit.total_supply(block=Tag.LATEST)
        assert int(grade["locked"]) == token.balance_of(unit.address, block=Tag.LATEST)
        assert grade["state"] == "open"


def test_grade_list__people__read_one_row_per_grade(world):
    rows = world.run("grade", "list").out.splitlines()
    row = next(line for line in rows if "A1GH" in line)
    assert "0.6324" in row
    assert "5,000 A1GH" in row
    assert "3,162 pA1GH" in row
    assert "2027-03-01 00:00 UTC" in row


def test_grade_list__grade_of_another_file__goes_by_its_unit(world):
    known = world.deployment.grades
    world.rewrite(grades={"EFLP": known["EFLP"]})
    symbols = [grade["symbol"] for grade in world.run("grade", "list", "--json").json]
    assert symbols == [known["A1GH"].unit, "EFLP", known["L70M"].unit]


def test_grade_show__terms__are_those_the_id_is_the_hash_of(world):
    output = world.run("grade", "show", "L70M", "--json").json
    published = load_terms(DEVNET[2].file, output["token"])
    assert output["grade_id"] == "0x" + published.grade_id.hex()
    assert output["terms"]["model"] == published.model
    assert output["terms"]["precision"] == "FP8"
    assert int(output["terms"]["scu_per_token"]) == published.scu_per_token


def test_grade_look__reserves_that_are_short__counts_a_day_and_cure_takes_it_back(world):
    unit, token = world.unit("A1GH"), world.token("A1GH")
    held = token.balance_of(unit.address, block=Tag.LATEST)
    assert world.run("grade", "look", "A1GH").code == 1
    world.chain.request("anvil_impersonateAccount", unit.address)
    world.chain.fund(unit.address, 10**18)
    call = token.transfer(ADMIN.address, held // 2)
    sent = {"from": unit.address, "to": token.address, "data": "0x" + call.data.hex()}
    world.chain.request("eth_sendTransaction", sent)
    world.chain.mine()
    assert "nobody has looked" in world.run("grade", "show", "A1GH").out

    with world.unchanged():
        assert world.run("grade", "look", "A1GH", "--dry-run").code == 0
    looked = world.run("grade", "look", "A1GH", "--json").json
    since = world.chain.head().timestamp
    assert looked["reserves"]["short_since"] == since
    assert looked["reserves"]["second_look_from"] == since + 86_400
    assert "short, second look from 2026-03-" in world.run("grade", "show", "A1GH").out
    assert "short, second look from" in world.run("grade", "list").out
    early = world.run("grade", "look", "A1GH")
    assert (early.code, "SecondLookTooSoon" in early.error) == (1, True)
    assert "StillShort" in world.run("grade", "cure", "A1GH").error

    world.send(ADMIN, token.mint(unit.address, held))
    assert "whole again" in world.run("grade", "show", "A1GH").out
    cured = world.run("grade", "cure", "A1GH", "--json").json
    assert cured["reserves"]["short_since"] is None
    assert cured["state"] == "closed"


def test_grade_propose__good_terms__prints_the_very_call_that_lists_them(world, terms, token):
    with world.unchanged():
        output = world.run("grade", "propose", str(terms), "--token", token, "--json").json
    expected = load_terms(terms, token)

    assert output["grade_id"] == "0x" + expected.grade_id.hex()
    assert output["scu_per_token"] == str(18939 * 10**14)
    assert output["to"] == registry_of(world).address
    # A curator's wallet that knows nothing of us sends the bytes as they are.
    sent = {"from": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "to": output["to"]}
    world.chain.request("eth_sendTransaction", sent | {"data": output["data"]})
    world.chain.mine()
    unit = registry_of(world).unit_of(expected.grade_id, block=Tag.LATEST)
    assert unit != "0x" + 40 * "0"
    assert registry_of(world).grade(unit, block=Tag.LATEST).id == expected.grade_id


def test_grade_propose__sent__is_recorded_and_can_be_wrapped(world, terms, token):
    words = ("grade", "propose", str(terms), "--token", token, "--send", "--json")
    with world.unchanged():
        planned = world.run(*words, "--dry-run").json
    done = world.run(*words).json
    assert planned["unit"] == done["unit"] == world.deployment.grade("B2GH").unit
    assert world.unit("B2GH").symbol(block=Tag.LATEST) == "pB2GH"

    world.send(DESK, world.token("B2GH").mint(DESK.address, 10**6))
    assert world.run("wrap", "B2GH", "1", "--json").json["units"] == str(18939 * 10**14)


def test_grade_propose__listed_by_another_wallet__is_recorded_alone(world, terms, token):
    words = ("grade", "propose", str(terms), "--token", token)
    call = world.run(*words, "--json").json
    sent = {"from": CURATOR.address, "to": call["to"], "data": call["data"]}
    world.chain.request("eth_sendTransaction", sent)
    head = world.chain.head()
    with world.unchanged():
        assert "nothing sent" in world.run(*words, "--send", "--dry-run").out
    done = world.run(*words, "--send", "--json").json
    assert done["steps"] == []
    assert done["unit"] == world.deployment.grade("B2GH").unit
    assert world.chain.head() == head


def test_grade_propose__json_terms_that_name_the_token__need_no_option(world, token):
    path = world.folder / "terms.json"
    path.write_text(
        json.dumps(
            {
                "network": "borealis",
                "token": token,
                "decimals": 6,
                "kind": "COLLATERAL",
                "denomination": "FLOP",
                "precision": "BF16",
                "basis": "PEAK",
                "quantity": "1000000000000000000",
                "scu_per_token": "0.2808",
                "method_hash": "0xead5280d801581fa10de378e5debe87334f441c2c9840c16877eea10dda6fd17",
                "valid_until": "2027-03-01T00:00:00Z",
                "deposit_cap": "5",
            }
        )
    )
    output = world.run("grade", "propose", str(path), "--symbol", "BFLP", "--json").json
    assert output["symbol"] == "BFLP"
    assert bytes.fromhex(output["data"][2:10]) == keccak(_LIST_SIGNATURE)[:4]


_LIST_SIGNATURE = (
    b"list((string,address,uint8,uint8,uint8,string,uint8,uint8,uint32,uint32,uint256,uint128,"
    b"bytes32,uint40,uint128),string,string)"
)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"decimals": None}, "lack decimals"),
        ({"kind": None}, "lack kind"),
        ({"denomination": None}, "lack denomination"),
        ({"model": None}, "lack model"),
        ({"quantity": None}, "lack quantity"),
        ({"scu_per_token": None}, "lack scu_per_token"),
        ({"method_hash": None}, "lack method_hash"),
        ({"valid_until": None}, "lack valid_until"),
        ({"deposit_cap": None}, "lack deposit_cap"),
        ({"network": None}, "lack network"),
        ({"denomination": '"INFERENCE"'}, "lack precision"),
        ({"denomination": '"FLOP"', "model": None}, "lack precision"),
        ({"precision": '"BF16"'}, "precision does not belong"),
        ({"scu_per_token": '"0.63245"'}, "is not a multiple"),
        ({"scu_per_token": '"1.9"'}, "but the table's 1.8939 times quality 1 is 1.8939"),
        ({"scu_per_token": "1.8939"}, "is a floating-point number"),
        ({"model": '"MI300X-OAM-192"'}, "2 providers over 89 source-days"),
        ({"model": '"H100"'}, "does not know this hardware"),
        ({"method_hash": f'"0x{64 * "3"}"'}, "no published factor table"),
        ({"quality": '{uptime = "95"}'}, "times quality 0.96 is 1.8181"),
        ({"quality": '{uptime = "12"}'}, "has no 'uptime: 12'"),
        ({"quality": '{colour = "red"}'}, "has no 'colour'"),
        ({"quality": '{uptime = "90", form_factor = "PCIe for SXM"}'}, "quality 0.7007 is 1.3271"),
        (
            {"quality": '{uptime = "90", form_factor = "PCIe for SXM", region = "unnamed"}'},
            "lies outside 0.7 to 1.1",
        ),
        ({"scu_per_token": '"much"'}, "is not a decimal amount"),
        ({"decimals": "8"}, "DecimalsDiffer(declared=8, reported=6)"),
        ({"kind": '"PROMISE"'}, "is no kind"),
        ({"flavour": '"sweet"'}, "is no field"),
        ({"valid_until": "2026-03-01T00:00:00Z"}, "AlreadyExpired"),
        ({"network": "unquoted"}, "is no file of terms"),
    ],
)
def test_grade_propose__bad_terms__one_error_and_no_trace(world, token, change, error):
    kept = [line for line in TERMS.splitlines() if line.split(" = ")[0] not in change]
    kept += [f"{field} = {text}" for field, text in change.items() if text is not None]
    path = world.folder / "terms.toml"
    path.write_text("\n".join(kept))
    with world.unchanged():
        ran = world.run("grade", "propose", str(path), "--token", token, "--send")
        assert error in ran.error


def test_grade_propose__yaml_with_a_declared_quality__prints_factor_band_and_hash(world, token):
    path = world.folder / "terms.yaml"
    path.write_text(
        TERMS.replace(" = ", ": ").replace("1.8939", "1.8181") + "quality:\n  uptime: 95\n"
    )
    words = ("grade", "propose", str(path), "--token", token)
    output = world.run(*words, "--json").json
    assert output["scu_per_token"] == str(18181 * 10**14)
    assert (output["table"], output["factor4"]) == ("factor-method-2", 18_939)
    assert output["band4"] == [16_415, 22_114]
    assert output["overridden"] == ""
    shown = world.run(*words).out
    for figure in ("1.8939", "1.6415 to 2.2114", "factor-method-2", "1.8181"):
        assert figure in shown


def test_grade_propose__another_factor__only_by_an_override_that_is_printed(world, token):
    path = world.folder / "terms.toml"
    path.write_text(TERMS.replace("1.8939", "1.9"))
    words = ("grade", "propose", str(path), "--token", token, "--override-factor")
    assert "times quality 1 is 1.8939" in world.run(*words, "--json").json["overridden"]
    assert "OVERRIDDEN" in world.run(*words).out


def test_grade_propose__no_token__is_refused(world, terms):
    with world.unchanged():
        assert "lack token" in world.run("grade", "propose", str(terms)).error


def test_grade_propose__token_without_code__is_refused(world, terms):
    with world.unchanged():
        ran = world.run("grade", "propose", str(terms), "--token", DESK.address)
        assert "no such contract" in ran.error


def test_grade_propose__not_a_curator__is_refused(world, terms, token):
    words = ("grade", "propose", str(terms), "--token", token, "--send")
    with world.unchanged():
        ran = world.run(*words, "--key", DEVNET_KEYS[4])
        assert "AccessManagedUnauthorized" in ran.error
        assert "role" in ran.hint


def test_grade_propose__symbol_in_use__is_refused(world, terms, token):
    words = ("grade", "propose", str(terms), "--token", token, "--send", "--symbol", "A1GH")
    with world.unchanged():
        assert "already has a grade A1GH" in world.run(*words).error


def test_grade_propose__same_terms_again__is_refused(world, terms, token):
    words = ("grade", "propose", str(terms), "--token", token, "--send")
    assert world.run(*words).code == 0
    with world.unchanged():
        assert "GradeExists" in world.run(*words, "--symbol", "AGAIN").error


def test_grade_propose__no_such_file__is_misuse(world):
    with world.unchanged():
        ran = world.run("grade", "propose", str(world.folder / "nowhere.toml"))
        assert ran.code == 2
        assert "does not exist" in ran.err
