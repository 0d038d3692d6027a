"""The drill of a nonce that a forgery used up: revoked, made good, and the true message arrives."""

import json

import pytest

from bridge.gate.attester.attester import Inexplicable
from bridge.gate.carrier.service import open_carrier
from bridge.gate.ledger.forgery import reissue_of
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.errors import RevokedEpoch
from pargrade.chain.block import Tag
from pargrade.clock import DAY_S
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import devnet_keys
from tests.support.attesters import attesting, opened
from tests.support.theft import NEVER_SENT, steal
from tests.support.two_chains import ATTESTERS, CARRIER, REMOTE_CHAIN, STEP

pytestmark = pytest.mark.full

NEXT_ATTESTERS = (*ATTESTERS[3:], *devnet_keys()[16:19])
"""Who attests after a theft: none of those whose keys were stolen."""


def supply(chains):
    token = BridgedToken(chains.remote.chain, chains.pair().route.remote.token)
    return token.total_supply(block=Tag.LATEST)


def seat_others(chains):
    assert chains.run("attesters", "revoke").code == 0
    chains.write(attesters__addresses=[key.address for key in NEXT_ATTESTERS])
    assert chains.run("attesters", "set").code == 0


def carry(chains, folder, services):
    for service in services:
        service.attester.attest()
    open_carrier(chains.pair(), CARRIER, folder).carrier.carry()


def test_forgery__of_a_true_nonce__made_good__lets_the_true_message_arrive(chains, tmp_path):
    true = chains.lock(5)
    steal(chains, 1, nonce=true)
    seat_others(chains)
    with opened(chains.pair(), tmp_path / "a", NEXT_ATTESTERS[0]) as service:
        with pytest.raises(Inexplicable, match="as another than it left"):
            service.attester.attest()
        shown = chains.run("forgeries")
        assert shown.code == 1
        assert "send 1000000 steps from home" in shown.out
        # The one that covers it is signed by nobody: all refuse until they name it.
        cover = chains.lock(1)
        with pytest.raises(Inexplicable):
            service.attester.attest()
        assert service.attester.journal.mark().entries == 0
    forged = {"chain": REMOTE_CHAIN, "nonce": true, "covered_by": [cover]}
    chains.write(forgeries=[forged])
    [made_good] = chains.run("forgeries", "--json").json
    assert made_good["faults"] == []
    assert str(reissue_of(true)) in made_good["next"]
    later = chains.lock(2)
    with attesting(chains, tmp_path / "attesters", NEXT_ATTESTERS) as services:
        carry(chains, tmp_path / "carrier", services)
    assert supply(chains) == (1 + 5 + 2) * STEP
    token = BridgedToken(chains.remote.chain, chains.pair().route.remote.token)
    assert token.balance_of(DESK.address, block=Tag.LATEST) == 7 * STEP
    [proof] = audit(chains)
    assert proof["is_covered"]
    assert int(proof["locked_steps"]) == int(proof["minted_steps"]) == 8 * STEP
    assert chains.run("watch", "--once", "--data", str(tmp_path / "w")).code == 0
    stages = {each["number"]: each["stage"] for each in chains.run("transfers", "--json").json}
    assert stages == {str(true): "done", str(cover): "cover", str(later): "done"}


def audit(chains):
    found = chains.run("audit", "--json")
    assert found.code == 0, found.out
    return found.json


@pytest.mark.parametrize(("tokens", "nonce"), [(3, NEVER_SENT), (1, (1 << 64) - 1), (0, 0)])
def test_forgery__of_any_nonce_and_amount__made_good__lets_attesting_go_on(
    chains, tmp_path, tokens, nonce
):
    """A thief chooses both: whatever a gate takes can be named."""
    steal(chains, tokens, nonce=nonce)
    seat_others(chains)
    [found] = json.loads(chains.run("forgeries", "--json").out)
    assert "never left" in found["faults"][0]
    assert str(nonce) in found["next"]
    covers = [chains.lock(tokens)] if tokens else []
    chains.write(forgeries=[{"chain": REMOTE_CHAIN, "nonce": nonce, "covered_by": covers}])
    chains.lock(5)
    with attesting(chains, tmp_path / "attesters", NEXT_ATTESTERS) as services:
        carry(chains, tmp_path / "carrier", services)
    assert supply(chains) == (tokens + 5) * STEP
    assert audit(chains)[0]["is_covered"]


def test_forgery__that_waits_on_an_epoch_that_is_over__is_ended_by_the_act_that_is_shown(
    chains, tmp_path
):
    steal(chains, 2_000)  # Beyond the budget, so it waits on epoch 1.
    chains.write(attesters__addresses=[key.address for key in NEXT_ATTESTERS])
    assert chains.run("attesters", "set").code == 0
    for net in (chains.home, chains.remote):
        net.chain.advance(net.chain.head().timestamp + 3 * DAY_S + 60)
    assert "bridge attesters revoke --end remote --epoch 1" in chains.run("forgeries").out
    # Whose keys were stolen is not known to who names no epoch: none is spared.
    assert chains.run("attesters", "revoke").code == 0
    gate = chains.gate("remote")
    assert [gate.attester_config(n, block=Tag.LATEST).revoked for n in (1, 2)] == [True, True]
    with pytest.raises(RevokedEpoch):
        chains.send("remote", gate.execute(1), CARRIER)
    assert chains.run("forgeries").out.strip() == "No forgery."


def test_forgeries__of_an_honest_route__are_none(chains):
    chains.lock(5)
    shown = chains.run("forgeries")
    assert (shown.code, shown.out.strip()) == (0, "No forgery.")
