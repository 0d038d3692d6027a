"""Commands of `pargrade oracle` over the common report of a committee."""

__all__ = ["archive", "contradiction", "line", "members", "replay", "signing"]
