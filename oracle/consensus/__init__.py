"""Agreement of nodes on a round: due slots, turns, peers, validation, sending."""

__all__ = [
    "accuser",
    "chain_state",
    "exchange",
    "fee_store",
    "peer_client",
    "peers",
    "record_rule",
    "replacing_sender",
    "sighting",
    "sighting_store",
    "slot",
    "transmission_schedule",
    "transmitter",
    "validation",
    "witness",
]
