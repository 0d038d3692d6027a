"""Reading a settings file strictly: a key has its type, and one nobody asked for is a mistake."""

import tomllib
from pathlib import Path
from typing import Any, Self, TypeVar

from pargrade.errors import PargradeError

T = TypeVar("T")

_NAMES = {str: "text", int: "a whole number", list: "a list", dict: "a table"}


class BadConfig(PargradeError):
    """A configuration that a node cannot be run from."""

    hint = "Correct the file, or write a fresh one with `pargrade oracle init`."

    def __init__(self, path: Path, why: str, hint: str | None = None) -> None:
        self.path = path
        self.why = why
        if hint is not None:
            self.hint = hint
        super().__init__(f"{path}: {why}")


class Settings:
    """One table of a settings file; `done` refuses what was never taken."""

    def __init__(self, path: Path, values: dict[str, Any], name: str = "") -> None:
        self.path = path
        self._values = dict(values)
        self._name = name

    @classmethod
    def read(cls, path: Path) -> Self:
        """The top table of a TOML file. Raises BadConfig."""
        try:
            return cls(path, tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as failure:
            raise BadConfig(path, failure.strerror or str(failure)) from None
        except ValueError as failure:
            raise BadConfig(path, f"not TOML: {failure}") from None

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value under a key. Raises BadConfig when it is missing or of another type."""
        value = self._values.pop(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        # In TOML true is not a number, though in Python it is.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(key, f"is {value!r}, not {_NAMES[kind]}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts. Raises BadConfig."""
        values: list[Any] = self.take(key, list)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "is not a list of texts")
        return tuple(values)

    def count(self, key: str, default: int, least: int = 1) -> int:
        """A whole number of at least `least`. Raises BadConfig."""
        value = self.take(key, int, default)
        if value < least:
            raise self.wrong(key, f"is {value}, less than {least}")
        return value

    def table(self, key: str, default: dict[str, Any] | None = None) -> "Settings":
        """A table inside this one. Raises BadConfig."""
        values: dict[str, Any] = self.take(key, dict, default)
        return Settings(self.path, values, f"{self._name}{key}.")

    def done(self) -> None:
        """Raises BadConfig when a key is left: a misspelt setting must not be a silent default."""
        for key in self._values:
            raise self.wrong(key, "is not a setting")

    def wrong(self, key: str, why: str, hint: str | None = None) -> BadConfig:
        """The error that a key of this table is at fault."""
        return BadConfig(self.path, f"{self._name}{key} {why}", hint)
