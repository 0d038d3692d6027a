"""What is on a chain against what ships: code, and whom each contract is wired to."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import place_all
from pargrade.deployment.shipped_code import check_code, find_difference
from pargrade.devnet.anvil import devnet_keys

HOLE = b"\x7f" + bytes(32)
PLAIN = st.binary(max_size=40).map(lambda code: code.replace(b"\x7f", b"\x60"))


@given(PLAIN, PLAIN, st.binary(min_size=32, max_size=32), st.data())
def test_difference__of_what_a_constructor_filled_in__is_none_and_of_any_other_byte_is_its_place(
    before, after, word, data
):
    shipped = before + HOLE + after + b"\x00"
    deployed = before + b"\x7f" + word + after + b"\x00"
    assert find_difference(shipped, deployed) is None
    hole = range(len(before) + 1, len(before) + 33)
    place = data.draw(st.sampled_from([n for n in range(len(shipped)) if n not in hole]))
    changed = bytearray(deployed)
    changed[place] ^= 0x40
    assert find_difference(shipped, bytes(changed)) == f"its code differs at byte {place}"


def test_difference__of_length__says_both():
    assert find_difference(b"\x01\x02", b"\x01") == "it has 1 bytes of code in place of 2"
    assert find_difference(b"\x01", b"") == "there is no code at its address"


def differing(chain, deployment):
    """What differs, by name, and why."""
    return {c.name: c.difference for c in check_code(chain, deployment) if c.difference}


def set_code(chain, address, code):
    chain.request("anvil_setCode", address, "0x" + bytes(code).hex())


def test_check_code__any_one_word_that_a_constructor_filled_in__is_seen_in_every_contract(world):
    """Also one of two places that hold the same immutable: the getter shows the other one."""
    chain, seen = world.chain, set()
    everything = {check.name: check.address for check in check_code(chain, world.deployment)}
    for name, address in everything.items():
        genuine = chain.code(address, block=Tag.LATEST)
        for known in world.deployment.contracts.values():
            word = bytes(12) + bytes.fromhex(known.address[2:])
            if word not in genuine:
                continue
            place = genuine.rindex(word)
            forged = genuine[:place] + bytes(12) + b"\x66" * 20 + genuine[place + 32 :]
            set_code(chain, address, forged)
            found = differing(chain, world.deployment)
            set_code(chain, address, genuine)
            assert found.keys() == {name}
            seen.add((name, known.address))
    index, registry = (
        world.deployment.address("SpotIndex"),
        world.deployment.address("GradeRegistry"),
    )
    assert {("FuturesMarket", index), ("FuturesMarket", registry)} <= seen
    assert {("ListingRules", index), ("ListingRules", registry), ("LastRung", index)} <= seen
    assert {("grade A1GH", registry), ("IndexFeed", index)} <= seen
    assert differing(chain, world.deployment) == {}


def test_check_code__market_of_a_foreign_index__differs_though_all_its_code_is_ours(world):
    known, wallet = world.deployment, Wallet(world.chain, devnet_keys()[0])
    timing = world.index.timing(block=Tag.LATEST)
    theirs = SpotIndex.deploy(known.address("Governance"), timing, ("X",))
    (index,) = place_all(wallet, (theirs,))
    creation = FuturesMarket.deploy(
        known.address("Governance"), world.deployment.address("GradeRegistry"), index
    )
    (market,) = place_all(wallet, (creation,))
    entry = replace(known.contracts["FuturesMarket"], address=market)
    moved = replace(known, contracts={**known.contracts, "FuturesMarket": entry})
    found = differing(world.chain, moved)
    assert f"it is wired to {index.lower()}" in found["FuturesMarket"]
    assert {"ListingRules", "LastRung"} <= found.keys()


def test_check_code__registry_that_asks_another_authority__differs_though_no_word_of_its_code_does(
    world,
):
    wallet = Wallet(world.chain, devnet_keys()[0])
    (governance,) = place_all(wallet, (Governance.deploy(wallet.address),), b"other".rjust(32))
    (registry,) = place_all(wallet, (GradeRegistry.deploy(governance),))
    known = world.deployment
    entry = replace(known.contracts["GradeRegistry"], address=registry)
    moved = replace(known, contracts={**known.contracts, "GradeRegistry": entry})
    found = differing(world.chain, moved)
    assert f"it asks {governance} who may call" in found["GradeRegistry"]
    assert "grade A1GH" in found


def test_check_code__grades__those_of_the_chain_are_checked_and_those_of_the_file_have_to_be_right(
    world,
):
    known = world.deployment
    grade = known.grades["A1GH"]
    unlisted = replace(known, grades={k: v for k, v in known.grades.items() if k != "A1GH"})
    assert differing(world.chain, unlisted) == {}
    code = world.chain.code(grade.unit, block=Tag.LATEST)
    set_code(world.chain, grade.unit, code[:-1] + b"\x01")
    assert differing(world.chain, unlisted).keys() == {f"grade {grade.unit}"}
    set_code(world.chain, grade.unit, code)
    other = known.grades["L70M"].token
    wrong = {"token": other, "decimals": 7, "grade_id": "0x" + "00" * 32}
    for field, value in wrong.items():
        filed = replace(known, grades={**known.grades, "A1GH": replace(grade, **{field: value})})
        assert "the file says" in differing(world.chain, filed)["grade A1GH"]


def test_check_code__contract_under_a_name_of_another__is_not_taken_for_it(world):
    known = world.deployment
    swapped = {**known.contracts, "FuturesMarket": known.contracts["tUSD"]}
    found = differing(world.chain, replace(known, contracts=swapped))
    assert "a TestToken under this name" in found["FuturesMarket"]
    shipped = load_artifact("MarketMigrator").input_hash
    other = replace(known.contracts["tUSD"], input_hash=shipped)
    added = {**known.contracts, "MarketMigrator": other}
    found = differing(world.chain, replace(known, contracts=added))
    assert "has such a contract" in found["MarketMigrator"]
