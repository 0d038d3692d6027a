"""A node's whole table of newest quotes: a signed list of sections, each named by its content."""

__all__ = ["extent", "manifest", "parsed", "roots", "section", "shelf", "table"]
