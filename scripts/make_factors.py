#!/usr/bin/env python3
"""Derive the conversion factors from the quotes that ship, and write what is frozen from them.

    python scripts/make_factors.py            write the factor tables and the three devnet grades
    python scripts/make_factors.py --check    compare only; exit 1 where a file differs

The tables go to pargrade/data/factors-N.json, one for each published version of the method, and the
grades, which take their factors from the newest, to pargrade/data/grades/. No factor in them is
typed by hand. A published table never changes: an older one is derived again to show that it holds.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Final

from oracle.sources.factor_prices import read_rows
from pargrade.factor.factor import scu_per_token
from pargrade.factor.method import FactorMethod
from pargrade.factor.table import FactorTable, derive_table, load_facts
from pargrade.grade.file import DEVNET_GRADES
from pargrade.grade.terms import GradeTerms

TABLES: Final = Path(__file__).parents[1] / "pargrade" / "data"
# The devnet's networks are invented, so nothing marks one up or down against the par grade.
DEVNET_QUALITY: Final = Decimal("1.0")


def table_text(table: FactorTable) -> str:
    """The table as it is committed: indented, one content in one way."""
    return json.dumps(table.document, indent=2) + "\n"


def grades(table: FactorTable, method: FactorMethod) -> dict[str, dict[str, str | int]]:
    """The devnet's grades by file name, without the addresses of their tokens."""
    flop, inference = table.document["flop"], table.document["inference"]
    made = {
        "a100-gpu-hour": {
            "network": "aurora",
            "decimals": 6,
            "denomination": "GPU_HOUR",
            "model": "A100-SXM-80",
            "quantity": "3600",
            "factor4": table.gpu_hour("A100-SXM-80"),
            "valid_until": "2027-03-01T00:00:00Z",
        },
        "bf16-eflop": {
            "network": "exaline",
            "decimals": 8,
            "denomination": "FLOP",
            "precision": flop["precision"],
            "basis": flop["basis"],
            "quantity": flop["flop"],
            "factor4": table.flop,
            "valid_until": "2027-03-01T00:00:00Z",
        },
        "llama2-70b-mtok": {
            "network": "lumen",
            "decimals": 18,
            "denomination": "INFERENCE",
            "model": inference["model"],
            "precision": inference["precision"],
            "input_tokens": inference["input_tokens"],
            "output_tokens": inference["output_tokens"],
            "quantity": inference["tokens"],
            "factor4": table.inference,
            # Serving software improves every round, so this factor ages fastest.
            "valid_until": "2026-09-01T00:00:00Z",
        },
    }
    for terms in made.values():
        factor = scu_per_token(terms.pop("factor4"), DEVNET_QUALITY, method)
        terms |= {
            "kind": "REDEEMABLE",
            "scu_per_token": factor.text(),
            "method_hash": "0x" + table.hash.hex(),
            "deposit_cap": "10000000",
        }
    return made


def grade_text(terms: Mapping[str, str | int]) -> str:
    """Terms as TOML, in the order of the struct; amounts are text, so no reader makes floats."""
    lines = ["# Written by scripts/make_factors.py. The token's address is known once it runs.", ""]
    for field in fields(GradeTerms):
        stated = terms.get(field.name)
        if isinstance(stated, int) or field.name == "valid_until":
            lines.append(f"{field.name} = {stated}")
        elif stated is not None:
            lines.append(f'{field.name} = "{stated}"')
    return "\n".join(lines) + "\n"


def files() -> dict[Path, str]:
    """Every file this script owns, with the text it should have."""
    rows = read_rows()
    made = {}
    for version in (1, 2):
        facts = load_facts(f"factor-method-{version}")
        table = derive_table(rows, facts)
        made[TABLES / f"factors-{version}.json"] = table_text(table)
    for name, terms in grades(table, facts.method).items():
        made[DEVNET_GRADES / f"{name}.toml"] = grade_text(terms)
    return made


def main() -> int:
    """Write or compare, and name every file that differed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(f"{'differs' if check else 'written'}: {path.name}", file=sys.stderr)
        if not check:
            path.write_text(text, encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
