"""What is wrong with a setting, in words: its key, its value, and what is allowed instead."""

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pargrade.errors import PargradeError

Place = Sequence[int | str]
"""Keys from the top table down, then perhaps a position in a list."""

_ALLOWED: Final = {
    "model_type": "a table",
    "path_type": "text",
    "string_type": "text",
    "tuple_type": "a list of texts",
}
"""By type of pydantic's error, for fields without a description."""

_MOST_BITS: Final = 256


class BadConfig(PargradeError):
    """Settings that a service cannot be run from. Shows no value of a secret setting."""

    hint = "Correct the setting."

    def __init__(self, path: Path | None, why: str, hint: str = "") -> None:
        self.path = path
        """The file at fault; None when only the environment or an option is."""
        self.why = why
        if hint:
            self.hint = hint
        super().__init__(why if path is None else f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a validation, in words."""

    place: Place
    words: str
    """What follows the key or the name of the variable: `is 0, not a whole number …`."""
    hint: str
    """May be empty."""


def describe_fault(model: type[BaseModel], error: ErrorDetails) -> Fault:
    """The fault behind an error of pydantic.

    What is allowed is the field's description. The value is left out where a field on the way has
    `repr=False`: it is a secret.
    """
    place = error["loc"]
    if error["type"] == "extra_forbidden":
        return unknown_setting(model, place)
    _, field, secret = _find_field(model, place)
    refusal = error.get("ctx", {}).get("error")
    hint = getattr(refusal, "hint", "")
    description = None if field is None else field.description
    if error["type"] == "missing":
        words = "is missing"
    elif refusal is not None and description is None:
        words = f"does not fit: {refusal}"
    else:
        shown = "" if secret else f" {_VALUES.repr(error['input'])},"
        in_list = bool(place) and isinstance(place[-1], int)
        allowed = None if in_list else description
        words = f"is{shown} not {allowed or _ALLOWED.get(error['type'], 'allowed')}"
    return Fault(place, words, hint)


def unknown_setting(model: type[BaseModel], place: Place) -> Fault:
    """The fault that there is no such key."""
    table, _, _ = _find_field(model, place[:-1])
    return Fault(place, "is not a setting", f"Known settings: {', '.join(table.model_fields)}.")


def describe_place(place: Place) -> str:
    """A place as people write it: `chain.rpc[0]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def holds(values: Mapping[str, Any], place: Place) -> bool:
    """Whether nested values have something at a place."""
    found: Any = values
    for part in place:
        if not isinstance(found, Mapping):
            return True
        if part not in found:
            return False
        found = found[str(part)]
    return True


def _find_field(
    model: type[BaseModel], place: Place
) -> tuple[type[BaseModel], FieldInfo | None, bool]:
    """The last table on the way to a place, the field there, and whether it is secret."""
    table, field, secret = model, None, False
    for part in place:
        field = table.model_fields.get(str(part), field)
        if field is None:
            break
        secret = secret or not field.repr
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            table = field.annotation
    return table, field, secret


class _Values(reprlib.Repr):
    """Values as in a settings file, cut when they are long."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80

    def repr_bool(self, value: bool, _level: int) -> str:
        return str(value).lower()

    def repr_int(self, value: int, level: int) -> str:
        # Python refuses to write out what is much longer.
        bits = value.bit_length()
        return f"a number of {bits} bits" if bits > _MOST_BITS else super().repr_int(value, level)


_VALUES: Final = _Values()
