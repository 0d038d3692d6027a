"""What settings files have in common: strict models, exact decimals, one clear error."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from pargrade.errors import PargradeError

_MOST_DIGITS: Final = 40
_MOST_COUNT: Final = 2**63


class BadSetting(PargradeError):
    """A settings file with a value that is missing, unknown or of another kind."""

    hint = "Write numbers with decimals in quotes; docs/HEDGING.md lists every key."

    def __init__(self, path: Path, where: str, why: str) -> None:
        self.path = path
        self.where = where
        self.why = why
        super().__init__(f"{path}: {where}: {why}" if where else f"{path}: {why}")


class Strict(BaseModel):
    """A table in which an unknown key is a mistake and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _exact(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('write it as text, such as "2.31": a float is not exact')
    text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite() or len(text) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{text!r} is not a plain number")
    return number


def _not_negative(value: Any) -> Decimal:
    number = _exact(value)
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


def _positive(value: Any) -> Decimal:
    number = _exact(value)
    if number <= 0:
        raise ValueError(f"{number} is not above zero")
    return number


def _share(value: Any) -> Decimal:
    number = _not_negative(value)
    if number > 1:
        raise ValueError(f"{number} is more than 1, the whole")
    return number


def _month(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    year, dash, month = text.partition("-")
    if len(text) != 7 or not dash or not (year + month).isdigit() or not 1 <= int(month) <= 12:
        raise ValueError(f"{value!r} is no month such as 2026-07")
    return text


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    if not 0 <= value < _MOST_COUNT:
        raise ValueError(f"{value} is not between 0 and {_MOST_COUNT - 1}")
    return value


Count = Annotated[int, BeforeValidator(_count)]
Exactly = Annotated[Decimal, BeforeValidator(_exact)]
NotNegative = Annotated[Decimal, BeforeValidator(_not_negative)]
Positive = Annotated[Decimal, BeforeValidator(_positive)]
Share = Annotated[Decimal, BeforeValidator(_share)]
Month = Annotated[str, BeforeValidator(_month)]

Kind = TypeVar("Kind", bound=Strict)


def validated(kind: type[Kind], document: Any, path: Path) -> Kind:
    """The document as a model. Raises BadSetting for its first mistake."""
    try:
        return kind.model_validate(document)
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSetting(path, where, first["msg"].removeprefix("Value error, ")) from None
