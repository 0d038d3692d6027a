"""Which batches a node holds whole: signed lists that force the input set."""

__all__ = ["claims", "have_list"]
