#!/usr/bin/env python3
"""Derive the conversion factors from the quotes that ship, and write what is frozen from them.

    python scripts/make_factors.py            write the factor table and the three devnet grades
    python scripts/make_factors.py --check    compare only; exit 1 where a file differs

The table goes to oracle/data/factors-1.json, the grades to pargrade/data/grades/. No factor in
them is typed by hand.
"""

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from oracle.sources.recorded import SAMPLE
from oracle.venue import Venues, load_venues
from pargrade.factor import PriceRow, scu_per_token
from pargrade.factor_method import Method
from pargrade.factor_table import FactorTable, derive_table, load_facts
from pargrade.grade import GradeTerms
from pargrade.grade_file import DEVNET_GRADES
from pargrade.units import Price

TABLE: Final = Path(__file__).parents[1] / "oracle" / "data" / "factors-1.json"
EPOCH: Final = date(1970, 1, 1)
# The source writes H200 without a form factor; H200 NVL, where it is meant, is named.
UNSTATED_VARIANT: Final = {"H200": "SXM"}
# The devnet's networks are invented, so nothing marks one up or down against the par grade.
DEVNET_QUALITY: Final = Decimal("1.0")


def price_row(row: Mapping[str, str], venues: Venues) -> PriceRow:
    """A line of the sample as the factor method takes it: the tier names lease and firmness."""
    variant = row["variant"] or UNSTATED_VARIANT.get(row["gpu_model"], "")
    return PriceRow(
        day=(date.fromisoformat(row["observed_at"][:10]) - EPOCH).days,
        source=row["source"],
        provider=row["provider"],
        tier=f"{row['lease_type']}/{venues[row['provider']].firmness}",
        hardware=f"{row['gpu_model']}-{variant}-{row['gpu_memory_gb']}",
        price8=int(Price.parse(row["price_usd_per_gpu_hour"])),
    )


def read_rows(sample: Path = SAMPLE) -> list[PriceRow]:
    """The price rows of the sample that ships."""
    venues = load_venues()
    with gzip.open(sample, "rt", encoding="utf-8", newline="") as text:
        return [price_row(row, venues) for row in csv.DictReader(text)]


def table_text(table: FactorTable) -> str:
    """The table as it is committed: indented, one content in one way."""
    return json.dumps(table.document, indent=2) + "\n"


def grades(table: FactorTable, method: Method) -> dict[str, dict[str, str | int]]:
    """The devnet's grades by file name, without the addresses of their tokens."""
    flop, inference = table.document["flop"], table.document["inference"]
    made = {
        "a100-gpu-hour": {
            "network": "aurora",
            "decimals": 6,
            "denomination": "GPU_HOUR",
            "model": "A100-SXM-80",
            "quantity": "3600",
            "factor4": table.gpu_hour("A100", "SXM", 80),
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
    facts = load_facts()
    table = derive_table(read_rows(), facts)
    made = {TABLE: table_text(table)}
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
