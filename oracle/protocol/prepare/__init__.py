"""One promise per slot: this digest, and no other, ever."""

__all__ = ["prepare_vote", "votes"]
