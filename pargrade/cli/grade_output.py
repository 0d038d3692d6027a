"""What `pargrade grade` prints of the terms of a grade."""

from dataclasses import asdict
from enum import IntEnum
from typing import Any, Final

from pargrade.bindings.structs import GradeTerms as ListedTerms
from pargrade.text import moment
from pargrade.units import Scu, format_amount

_AMOUNTS: Final = frozenset({"quantity", "scu_per_token", "deposit_cap"})


def term_lines(terms: ListedTerms) -> list[tuple[str, str]]:
    """Terms for people, those left away that are not set."""
    stated = plain_terms(terms) | {
        "scu_per_token": Scu(terms.scu_per_token).text(),
        "deposit_cap": f"{format_amount(terms.deposit_cap, Scu.DECIMALS)} SCU",
        "valid_until": moment(terms.valid_until),
    }
    return [(name.replace("_", " "), str(value)) for name, value in stated.items() if value]


def plain_terms(terms: ListedTerms) -> dict[str, Any]:
    """Terms for machines: enumerations as words, hashes as hexadecimal, amounts as text."""
    plain: dict[str, Any] = {}
    for name, value in asdict(terms).items():
        if isinstance(value, IntEnum):
            plain[name] = "" if value == 0 else value.name
        elif isinstance(value, bytes):
            plain[name] = "0x" + value.hex()
        else:
            plain[name] = str(value) if name in _AMOUNTS else value
    return plain
