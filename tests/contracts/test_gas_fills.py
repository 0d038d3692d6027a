"""The benchmark of fills runs, says what it found, and keeps its bars."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "scripts" / "benches" / "fills.py"
BARS = {"fill_transfer": 92_000, "fill_mint": 138_000, "fill_merge": 132_000}


def test_fills__steady_state__every_bar_is_kept():
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
        assert 21_000 < rows[name]["ours"] <= rows[name]["limit"] <= bar
    # A premium, or a lane's first word, is extra work that has to show.
    assert rows["fill_mint_premium"]["ours"] > rows["fill_mint"]["ours"]
    assert rows["fill_transfer_new_lane"]["ours"] > rows["fill_transfer"]["ours"] + 15_000
