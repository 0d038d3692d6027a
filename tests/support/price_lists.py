"""Monthly rate cards of the full history, as the table that `hedge backtest` reads."""

import csv
from pathlib import Path


def write_rate_cards(history: Path, model: str, path: Path) -> Path:
    """One GPU model's cards."""
    lines = ["month,provider,price_usd\n"]
    with (history / "gpu_ratecard_benchmark_monthly.csv").open() as file:
        for row in csv.DictReader(file):
            pairs = row["provider_values"].split(";") if row["gpu_model"] == model else []
            named = (pair.split("=") for pair in pairs if pair)
            lines += [f"{row['period']},{name},{price}\n" for name, price in named]
    path.write_text("".join(lines))
    return path
