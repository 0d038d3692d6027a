"""Settings files of tests: a node's values, changed at one key, in TOML."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any, Final

from pargrade.settings import to_toml

ADDRESS: Final = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
NODE: Final[dict[str, Any]] = {
    "name": "node-1",
    "reporter": ADDRESS,
    "data": "data",
    "peers": ["http://127.0.0.1:7602"],
    "key": {"env": "PARGRADE_REPORTER_KEY_1"},
    "chain": {
        "id": 31337,
        "rpc": ["http://127.0.0.1:8545"],
        "spot_index": ADDRESS,
        "indices": ["SCU / USD"],
    },
    "panel": {"name": "panel-1", "lag_s": 60, "providers": ["civo", "coreweave", "crusoe"]},
    "source": {"sample": "shipped"},
    "api": {"port": 7601},
    "pace": {"poll_ms": 20},
}


def set_at(values: dict[str, Any], place: tuple[str, ...], value: object) -> dict[str, Any]:
    name, *below = place
    if below:
        value = set_at(values.get(name, {}), tuple(below), value)
    return {**values, name: value}


def text_of(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {text_of(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, str):
        return to_toml({"x": value}).removeprefix("x = ").strip()
    if isinstance(value, bool | date | time):
        return str(value).lower() if isinstance(value, bool) else value.isoformat()
    return hex(value) if isinstance(value, int) and value > 1 << 64 else str(value)


def write(folder: Path, values: dict[str, Any]) -> Path:
    path = folder / "settings.toml"
    path.write_text("".join(f"{k} = {text_of(v)}\n" for k, v in values.items()), encoding="utf-8")
    return path
