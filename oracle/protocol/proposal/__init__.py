"""The input set of a slot: what a leader may propose, and what others may refuse it for."""

__all__ = ["choice", "input_proposal"]
