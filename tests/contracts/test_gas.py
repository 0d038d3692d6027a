"""The benchmark of gas is itself a promise: it runs, says what it found, and keeps its bars."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "scripts" / "benches" / "gas.py"
BARS = {
    "index_update": 84_000,
    "wrap": 66_000,
    "unwrap": 60_000,
    "propose_settle": 170_000,
    "redeem_1": 70_000,
}


def test_gas__steady_state__every_bar_is_kept():
    ended = subprocess.run(
        [sys.executable, str(BENCH), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    rows = {row["name"]: row for row in json.loads(ended.stdout)}
    for name, bar in BARS.items():
        row = rows[name]
        assert 21_000 < row["ours"] <= row["limit"] <= bar
        assert (row["unit"], row["better"]) == ("gas", "lower")
        assert min(row["peers"].values()) > 21_000
