"""One round of several reporters: slots, peers, what makes a report, who transmits it when."""

__all__ = ["chain_state", "peers", "slot", "transmission_schedule", "transmitter", "validation"]
