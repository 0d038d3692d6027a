"""One JSON file per compiled contract, written by contracts/codegen/compile.py."""
