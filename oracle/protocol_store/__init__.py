"""What a node of the protocol keeps on disk: its promises, and the input sets it promised to keep.

`promises.sqlite` is the journal, without which nothing is signed. `inputs.sqlite` holds evidence:
losing it loses no safety.
"""

__all__ = [
    "committee_text",
    "input_store",
    "promise_journal",
    "tables",
    "votes",
]
