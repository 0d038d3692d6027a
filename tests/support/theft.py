"""What a stolen threshold does: a mint of what was never locked."""

from bridge.gate.carrier.arrivals import transfer_of
from bridge.gate.carrier.quorum import attestation_of, sort_signatures
from pargrade.chain.block import Tag
from pargrade.devnet.accounts import DESK
from pargrade.gate.transfer import Amount, Crossing
from tests.support.two_chains import ATTESTERS, CARRIER, STEP, TwoChains

NEVER_SENT = (1 << 40) + 77
"""A nonce that home has not given."""


def steal(chains: TwoChains, tokens: int = 100, nonce: int = NEVER_SENT) -> None:
    """Three of five attesters sign it; it is delivered."""
    pair, gate = chains.pair(), chains.gate("remote")
    amount = Amount(tokens * STEP, 6)
    lie = Crossing(pair.route.id, nonce, DESK.address, CARRIER.address, amount)
    config = gate.attester_config(1, block=Tag.LATEST)
    digest = lie.digest(pair.route.remote, 1)
    given = [key.sign(digest) for key in ATTESTERS[:3]]
    attestation = attestation_of(config, sort_signatures(lie, pair.route.remote, config, given))
    assert attestation is not None
    chains.send("remote", gate.deliver(pair.terms, transfer_of(lie), attestation), CARRIER)
