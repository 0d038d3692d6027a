"""Plan files: named by the hash of what is in them."""

import json
from pathlib import Path
from typing import Any

from bridge.hedge.plan.drift import NotAPlan, require_plan
from bridge.hedge.plan.plan import HedgePlan
from pargrade.canonical import FloatRefused, TooDeep, read_json


def write_plan(plan: HedgePlan, folder: Path) -> Path:
    """Writes the plan as HASH.json; a file of that name holds the same plan already."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plan.hash}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(plan.to_json(), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return path


def read_plan(path: Path) -> dict[str, Any]:
    """A plan's document. Raises NotAPlan when it is not what its name says."""
    try:
        document = read_json(path.read_text(encoding="utf-8"))
    except (ValueError, FloatRefused, TooDeep) as failure:
        raise NotAPlan(f"{path}: {failure}") from None
    return dict(require_plan(document, path.stem))
