"""The benchmark of gas is a promise itself: it keeps its bars and finds what is committed."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
BARS = {
    "index_update_3": 64_000,
    "index_update_5": 76_000,
    "index_update_7": 88_000,
    "index_update_13": 124_000,
    "wrap": 62_000,
    "unwrap": 56_000,
    "fill_transfer": 92_000,
    "fill_mint": 138_000,
    "fill_merge": 132_000,
    "propose": 85_000,
    "settle": 55_000,
    "redeem_1": 60_000,
    "redeem_2": 77_000,
    "redeem_extra_grade": 19_000,
    "gate_out": 65_000,
    "gate_in": 90_000,
}
MISSED = {
    "index_update_extra": 11_000,
    "redeem_batch_1": 20_000,
    "redeem_batch_2": 29_000,
}
"""Each of these bars is named in docs/DECISIONS.md, which says what the difference buys."""
DECISIONS = Path(__file__).parents[2] / "docs" / "DECISIONS.md"


def test_gas__steady_state__every_bar_is_kept_and_the_snapshot_is_exact():
    ended = subprocess.run(
        [BENCH, "gas", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    rows = {row["name"]: row for row in json.loads(ended.stdout)}
    assert rows.keys() > BARS.keys() | MISSED.keys() | {"index_update_midnight"}
    for name, bar in BARS.items():
        row = rows[name]
        # The surcharge of a further grade is a difference of two transactions.
        assert (21_000 if name != "redeem_extra_grade" else 0) < row["ours"]
        assert row["ours"] <= row["limit"] <= bar
        assert (row["unit"], row["better"]) == ("gas", "lower")
    # A premium, or a lane's first word, is extra work that has to show.
    ours = {name: row["ours"] for name, row in rows.items()}
    assert ours["fill_mint_premium"] > ours["fill_mint"]
    assert ours["fill_transfer_new_lane"] > ours["fill_transfer"] + 15_000
    decided = DECISIONS.read_text()
    for name, bar in MISSED.items():
        missed = ours[name] > bar
        assert missed == (f"{bar:,} for `{name}`" in decided), f"{name} needs {ours[name]:,}"
