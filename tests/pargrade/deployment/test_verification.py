"""What `deploy --verify` compares beside code: series, money and roles."""

from dataclasses import replace

import pytest

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.file import DeployedSeries
from pargrade.deployment.roles import Role
from pargrade.deployment.shipped_code import check_code
from pargrade.deployment.verification import check_entries
from pargrade.devnet.accounts import ADMIN, COUNCIL, CURATOR, DESK
from pargrade.devnet.deployment import devnet_plan

DAY = 86_400


def faults(world, deployment=None):
    """What does not fit, by name, and why."""
    found = deployment or world.deployment
    code = tuple(check_code(world.chain, found))
    checks = check_entries(world.chain, found, code)
    return {each.name: each.state for each in checks if not each.fits}


def test_check__what_was_deployed__fits_and_says_who_holds_what(world):
    assert faults(world) == {}
    checks = {each.name: each.state for each in check_entries(world.chain, world.deployment, ())}
    assert checks["role CURATOR"] == CURATOR.address
    assert checks["role COUNCIL"] == COUNCIL.address
    assert checks["quote token"] == world.deployment.quote_token
    assert checks["series SPRING"] == "listed"


@pytest.mark.parametrize("number", [256, 2**256, -1])
def test_check__series_or_money_of_another_market__is_named(world, number):
    known = world.deployment
    wrong = replace(known, series={**known.series, "WINTER": DeployedSeries(str(number))})
    assert faults(world, wrong) == {"series WINTER": f"the market lists no {number}"}
    other = known.grades["A1GH"].token
    found = faults(world, replace(known, quote_token=other))
    assert f"the file names {other}" in found["quote token"]
    assert f"and the file's quote token is {other}" in found["series SPRING"]
    without = {name: each for name, each in known.contracts.items() if name != "tUSD"}
    nowhere = replace(known, quote_token=DESK.address, contracts=without)
    assert faults(world, nowhere)["quote token"] == f"there is no code at {DESK.address}"


def test_check__function_of_another_role_or_contract_that_is_closed__is_named(world):
    governance = Governance(world.chain, world.deployment.address("Governance"))
    market = world.deployment.address("FuturesMarket")
    create, cap = (FuturesMarket.SELECTORS[name] for name in ("create", "set_month_cap"))
    world.send(ADMIN, governance.set_target_function_role(market, (create, cap), Role.GUARDIAN))
    settle = FuturesMarket.SELECTORS["settle"]
    world.send(ADMIN, governance.set_target_function_role(market, (settle,), 77))
    index = world.deployment.address("SpotIndex")
    seat = SpotIndex.SELECTORS["set_reporters"]
    world.send(ADMIN, governance.set_target_function_role(index, (seat,), Role.CURATOR))
    world.send(ADMIN, governance.set_target_closed(index, True))
    world.send(ADMIN, governance.set_role_admin(Role.COUNCIL, Role.CURATOR))
    found = faults(world)
    assert found.keys() == {"functions of FuturesMarket", "functions of SpotIndex", "role COUNCIL"}
    market_faults = found["functions of FuturesMarket"]
    assert "create is of GUARDIAN, not of CURATOR" in market_faults
    assert "set_month_cap is of GUARDIAN, not of ADMIN" in market_faults
    assert f"0x{settle.hex()} is of role 77, not of ADMIN" in market_faults
    assert "it is closed" in found["functions of SpotIndex"]
    assert "set_reporters is of CURATOR, not of ADMIN" in found["functions of SpotIndex"]


def test_check__holders_and_delays_on_a_chain_of_value__are_held_to_what_is_safe(
    world, monkeypatch
):
    """The chain counts as another once the contracts are there, and nothing is sent any more."""
    plan = replace(devnet_plan(), admin=DESK.address, admin_delay=7 * DAY, salt=b"safe".rjust(32))
    safe = deploy(Wallet(world.chain, ADMIN.key), plan)
    governance = Governance(world.chain, world.deployment.address("Governance"))
    world.send(ADMIN, governance.grant_role(Role.COUNCIL, CURATOR.address, 60))
    monkeypatch.setattr(world.chain, "chain_id", 999)
    assert faults(world, safe) == {}
    unsafe = faults(world)
    assert unsafe.keys() == {"who holds roles"}
    assert "the admin seats attesters after 0 s" in unsafe["who holds roles"]
    assert f"{CURATOR.address} of the council is a curator" in unsafe["who holds roles"]
    assert f"{CURATOR.address} of the council waits 60 s" in unsafe["who holds roles"]


def test_check__contracts_that_are_not_ours__are_not_asked_and_hide_nothing_else(world):
    for name in ("FuturesMarket", "Governance", "GradeRegistry"):
        world.chain.request("anvil_setCode", world.deployment.address(name), "0x5f5ffd")
    found = faults(world)
    assert "cannot be told" in found["series"]
    assert "cannot be told" in found["roles"]
    code = {each.name: each.difference for each in check_code(world.chain, world.deployment)}
    assert "cannot be told" in code["grades"]
    assert code["BridgeGate"] is None
    assert {name for name, why in code.items() if why is None} >= {"SpotIndex", "tUSD"}
