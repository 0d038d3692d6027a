"""The bar of factors that roll: fits of windows that a table has not seen, inside its band."""

import os
import sys
from pathlib import Path

from rows import Row

from oracle.sources.factor_prices import read_rows
from pargrade.factor.drift import coverage, in_force, quarterly_tables, rolling_fits
from pargrade.factor.published import published_tables
from pargrade.factor.table import load_facts


def factor_rows() -> list[Row]:
    """Coverage of the table of each quarter, and of the published one; none without history."""
    folder = os.environ.get("PARGRADE_HISTORY")
    if not folder:
        print("no PARGRADE_HISTORY: the row of factors is left out", file=sys.stderr)
        return []
    rows = read_rows(Path(folder) / "gpu_rental_quotes.csv.gz")
    table = published_tables()[0]
    facts = load_facts(table.method)
    quarterly = list(rolling_fits(rows, quarterly_tables(rows, facts), facts))
    published = list(rolling_fits(rows, in_force(table), facts))
    peers = {
        "windows": len(quarterly),
        "published table": float(coverage(published) or 0),
        "its windows": len(published),
    }
    share = float(coverage(quarterly) or 0)
    return [Row("factor_coverage", share, 0.9, "of the windows", "higher", peers=peers)]
