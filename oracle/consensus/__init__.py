"""Agreement of nodes on a round: due slots, turns, peers, validation, sending."""

__all__ = [
    "chain_state",
    "peer_client",
    "peers",
    "slot",
    "transmission_schedule",
    "transmitter",
    "validation",
]
