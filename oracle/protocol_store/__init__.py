"""What a node of the protocol keeps on disk: its promises, and the input sets it promised to keep.

`promises.sqlite` is the journal, without which nothing is signed. `inputs.sqlite` holds evidence of
the last days, and Parquet that of before: losing them loses no safety.
"""

__all__ = [
    "agreed_slot",
    "committee_text",
    "day_sets",
    "input_store",
    "kept_sets",
    "promise_journal",
    "sealing",
    "set_archive",
    "set_rows",
    "set_volumes",
    "tables",
    "votes",
]
