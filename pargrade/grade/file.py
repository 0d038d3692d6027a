"""Grade terms from TOML, YAML or JSON files, with every number read digit by digit.

The keys are the fields of GradeTerms. Enumerations are words, `scu_per_token` and `deposit_cap`
are SCU as decimal text, `method_hash` is hexadecimal, `valid_until` a time with its offset. The
token's address may be left to the caller, since a devnet's tokens exist only once it runs. Beside
the terms a file may declare its `quality`: step and rung of the quality ladder.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from pargrade.clock import DAY_S
from pargrade.data.files import DATA
from pargrade.grade import refusals as bad
from pargrade.grade.terms import Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.grade.yaml_text import read_yaml
from pargrade.units import Scu, parse_amount

DEVNET_GRADES: Final = DATA / "grades"
"""The folder of the three grades the devnet lists."""

_FIELDS: Final = tuple(field.name for field in fields(GradeTerms))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

W = TypeVar("W", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Terms, and the quality they were derived with, which is not part of them."""

    terms: GradeTerms
    quality: Mapping[str, str]


def load_terms(path: Path, token: str | None = None) -> GradeTerms:
    """The terms in a file; see load_proposal."""
    return load_proposal(path, token).terms


def load_proposal(path: Path, token: str | None = None) -> Proposal:
    """What a .toml, .yaml or .json file says; `token` is the address where the file names none.

    Raises the BadTerms that applies, or what the parser says about text that is none of these.
    """
    values = dict(_parsed(path.suffix, path.read_text(encoding="utf-8")))
    quality = values.pop("quality", {})
    if not isinstance(quality, Mapping):
        raise bad.UnknownWord("quality", quality, ("a table of step = rung",))
    stated = {str(step): str(rung) for step, rung in quality.items()}
    return Proposal(terms_of(values, token), stated)


def _parsed(suffix: str, text: str) -> Mapping[str, Any]:
    match suffix:
        case ".json":
            values = json.loads(text, parse_float=_no_float)
        case ".yaml" | ".yml":
            values = read_yaml(text)
        case _:
            values = tomllib.loads(text, parse_float=_no_float)
    if not isinstance(values, dict):
        raise ValueError("not a table of fields")
    return values


def _no_float(text: str) -> Any:
    raise bad.FloatInTerms(text)


def terms_of(values: Mapping[str, Any], token: str | None = None) -> GradeTerms:
    """The terms a parsed file states."""
    for name in values:
        if name not in _FIELDS:
            raise bad.UnknownField(name, _FIELDS)
    network = str(values.get("network", ""))
    if "decimals" not in values:
        raise bad.MissingDecimals(network)
    return GradeTerms(
        network=network,
        token=str(values.get("token", token or "")),
        decimals=_whole(values, "decimals"),
        kind=_word(values, "kind", Kind),
        denomination=_word(values, "denomination", Denomination),
        model=str(values.get("model", "")),
        precision=_word(values, "precision", Precision),
        basis=_word(values, "basis", Basis),
        input_tokens=_whole(values, "input_tokens"),
        output_tokens=_whole(values, "output_tokens"),
        quantity=_whole(values, "quantity"),
        scu_per_token=Scu.parse(str(values.get("scu_per_token", "0"))),
        method_hash=_hash(values),
        valid_until=_instant(values),
        deposit_cap=Scu.parse(str(values.get("deposit_cap", "0"))),
    )


def _whole(values: Mapping[str, Any], field: str) -> int:
    return parse_amount(str(values.get(field, "0")), 0)


def _word(values: Mapping[str, Any], field: str, words: type[W]) -> W:
    stated = str(values.get(field, "NONE"))
    if stated not in words.__members__:
        raise bad.UnknownWord(field, stated, (w.name for w in words if w))
    return words[stated]


def _hash(values: Mapping[str, Any]) -> bytes:
    digits = str(values.get("method_hash", "")).removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise bad.MissingMethod(str(values.get("network", ""))) from None


def _instant(values: Mapping[str, Any]) -> int:
    stated = values.get("valid_until")
    if stated is None:
        return 0
    try:
        moment = stated if isinstance(stated, datetime) else datetime.fromisoformat(str(stated))
        since = moment - _EPOCH
    except (ValueError, TypeError):
        raise bad.MissingValidity(str(values.get("network", ""))) from None
    # Not timestamp(): that is a float.
    return since.days * DAY_S + since.seconds
