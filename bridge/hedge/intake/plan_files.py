"""Plan files, named by the hash of what is in them, and approvals beside them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bridge.hedge.plan.drift import NotAPlan, require_plan
from bridge.hedge.plan.plan import HedgePlan
from bridge.hedge.trade.approval import Approval, BadApproval
from pargrade.canonical import FloatRefused, TooDeep, content_hash, read_json
from pargrade.chain.typed_data import Domain

_MOST_BYTES: Final = 1 << 20
_MOST_APPROVALS: Final = 64


def write_plan(plan: HedgePlan, folder: Path) -> Path:
    """Writes the plan as HASH.json; a file of that name holds the same plan already."""
    return write_document(plan.to_json(), folder)


def write_document(document: Mapping[str, Any], folder: Path) -> Path:
    """Writes a plan's or an exit's document as HASH.json."""
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder / f"0x{content_hash(dict(document)).hex()}.json", document)


def write_approval(approval: Approval, folder: Path) -> Path:
    """Writes an approval beside its plan."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{approval.plan}.{approval.approver[2:10].lower()}.approval.json"
    return _write(path, approval.to_json())


def read_plan(path: Path) -> dict[str, Any]:
    """A plan's document. Raises NotAPlan when it is not what its name says."""
    return dict(require_plan(_read(path), path.stem))


def read_approvals(folder: Path, plan: str, domain: Domain) -> Iterator[Approval]:
    """Approvals of a plan beside it. Raises BadApproval for one that is none."""
    paths = sorted(folder.glob(f"{plan}.*.approval.json"))
    for path in paths[:_MOST_APPROVALS]:
        try:
            document = _read(path)
        except NotAPlan as failure:
            raise BadApproval(str(failure)) from None
        yield Approval.from_json(document, domain)


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as failure:
        raise NotAPlan(f"{path}: {failure.strerror}") from None
    if len(raw) > _MOST_BYTES:
        raise NotAPlan(f"{path}: more than 1 MiB")
    try:
        return read_json(raw.decode("utf-8"))
    except (ValueError, FloatRefused, TooDeep, RecursionError) as failure:
        raise NotAPlan(f"{path}: {failure}") from None


def _write(path: Path, document: Mapping[str, Any]) -> Path:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return path
