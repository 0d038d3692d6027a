"""Common reports checked again: from the chain, from input sets, by proofs for anyone."""

__all__ = ["archived_days", "contradiction", "landed_report", "line_proof", "set_replay"]
