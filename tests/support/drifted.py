"""A recording in which one factor no longer fits."""

import gzip
from pathlib import Path

from pargrade.data.files import SAMPLE


def write_drifted(path: Path, times: float = 2.0) -> Path:
    """The sample in May and June for March and April, with A100 at `times` its price."""
    header, *lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    names = header.split(",")
    price, model = names.index("price_usd_per_gpu_hour"), names.index("gpu_model")
    months = {"2026-03": "2026-05", "2026-04": "2026-06"}
    rows = [header]
    for line in lines:
        cells = line.split(",")
        if "A100" in cells[model]:
            cells[price] = str(round(float(cells[price]) * times, 4))
        cells[0] = months[cells[0][:7]] + cells[0][7:]
        rows.append(",".join(cells))
    path.write_text("\n".join(rows) + "\n")
    return path
