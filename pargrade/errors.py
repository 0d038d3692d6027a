"""The root of every error Pargrade raises on purpose."""

from typing import Any


class PargradeError(Exception):
    """What went wrong, with its evidence as attributes and what to do next as `hint`."""

    hint: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is pickled as a call with its message, which is not what ours are made from.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[PargradeError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
