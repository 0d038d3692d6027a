"""A committee over recorded quotes: what each node fetched, who lies, which input sets pass."""

__all__ = [
    "document",
    "drawn_tables",
    "input_sets",
    "lies",
    "line_valuation",
    "recorded_lists",
    "round_choice",
    "study",
]
