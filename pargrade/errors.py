"""The root of every error Pargrade raises on purpose."""


class PargradeError(Exception):
    """What went wrong, with its evidence as attributes and what to do next as `hint`."""

    hint: str = ""
