"""Commands of `pargrade oracle` over the common report of a committee."""

__all__ = ["contradiction", "line", "members", "replay", "signing"]
