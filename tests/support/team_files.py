"""The files of the team in docs/HEDGING.md, with a year of a steady need."""

import re
from pathlib import Path
from typing import Final

from bridge.hedge.exposure.months import day_number, day_text

PAGE: Final = (Path(__file__).parents[2] / "docs/HEDGING.md").read_text(encoding="utf-8")
FILES: Final = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))

_DAYS: Final = 396


def write_team_files(folder: Path) -> None:
    """Into a folder: the page's files, and days.csv."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    first = day_number("2025-03-01")
    rows = [f"{day_text(first + day)},chat,H100-SXM-80,100.5,\n" for day in range(_DAYS)]
    (folder / "days.csv").write_text("day,team,hardware,gpu_hours,remark\n" + "".join(rows))
