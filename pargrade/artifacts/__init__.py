"""One JSON file per compiled contract, written by contracts/compile.py."""
