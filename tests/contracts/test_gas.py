"""The benchmark of gas is a promise itself: it keeps its bars and finds what is committed."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "scripts" / "benches" / "gas.py"
BARS = {
    "index_update_3": 64_000,
    "index_update_5": 76_000,
    "index_update_7": 88_000,
    "index_update_13": 124_000,
    "wrap": 62_000,
    "unwrap": 56_000,
    "propose_settle": 170_000,
    "redeem_1": 70_000,
}


def test_gas__steady_state__every_bar_is_kept_and_the_snapshot_is_exact():
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
