"""Where the files that ship with the distribution are."""

from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent
"""The folder they are in."""

SAMPLE: Final = DATA / "sample" / "quotes-2026-03-04.csv.gz"
"""Recorded quotes of March and April 2026."""

EIP712: Final = DATA / "eip712.json"
"""Domains and types of what is signed for the exchange and its relays, as wallets take them."""

PAGE: Final = DATA / "page"
"""The folder of the page's built files; their sources are in bridge/web."""

OPS: Final = DATA / "ops"
"""The folder of what operators run beside the services."""

ALERTS: Final = OPS / "alerts.yml"
"""Rules for Prometheus."""
