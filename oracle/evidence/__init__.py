"""The lines a value rests on, their root and their archive."""

__all__ = ["archive", "evidence", "find_quote", "merkle", "parquet_part", "part", "part_folder"]
