"""A folder of hedge plans as the commands write it, and a file that is none of them."""

import json
import os
from contextlib import chdir
from pathlib import Path

from tests.support.cli import run
from tests.support.workloads import write_team

BILL = {
    "rows": [],
    "file": None,
    "results": [
        {
            "team": "chat",
            "account": "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
            "series": "APR",
            "start": 1_775_001_600,
            "expiry": 1_777_593_600,
            "lots": 241_200,
            "settlement8": "260000000",
            "paid_usd": "5619.96",
            "worth_usd": "6271.2",
            "cost_usd": "-651.24",
        }
    ],
}
"""What docs/HEDGING.md, section 2, ends with."""


def write_plans(folder: Path) -> None:
    """A plan, its forecast, exposure and drift by their commands; a bill; and something else."""
    write_team(folder)
    days = (str(folder / "days.csv"), "--by", "gpu-hours")
    stated = ("--policy", str(folder / "hedge.yaml"), "--market", str(folder / "market.yaml"))
    with chdir(folder):
        assert run("hedge", "plan", *days, *stated).code == 0
    for path in (folder / "plans").iterdir():
        os.replace(path, folder / path.name)
    for name, words in (
        ("forecast", ("forecast", *days, "--months", "5")),
        ("exposure", ("exposure", *days)),
        ("drift", ("drift", *days, *stated)),
    ):
        (folder / f"{name}.json").write_text(run("hedge", *words, "--json").out)
    (folder / "bill.json").write_text(json.dumps(BILL))
    (folder / "other.json").write_text('{"something": "else"}')
