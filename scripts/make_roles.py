"""Writes docs/ROLES.md from the wiring, the sources and the table of effects beside them.

python scripts/make_roles.py            write
python scripts/make_roles.py --check    compare only; exit 1 on a difference
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pargrade.deploy import ADMIN_DELAY
from pargrade.roles import PERMISSIONS, Role

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "ROLES.md"
EFFECTS: Final = ROOT / "scripts" / "data" / "roles.toml"
_FUNCTION: Final = re.compile(r"function (\w+)\([^{;]*?\)[^{;]*?\brestricted\b")

HEAD: Final = """\
# Roles

Every privileged function, who may call it, after which delay, and what it can and cannot do to
funds that are locked. Written by `python scripts/make_roles.py` from the sources and from
`pargrade/roles.py`, which is the table that deployments wire; a test compares it with both.

Roles are those of one OpenZeppelin AccessManager, `Governance`. Delays are those of a deployment
outside development chains; there, everything is immediate. `unwrap`, `merge`, `redeem`,
`redeemFor` and `claim` check no role, cannot be paused and sit behind no proxy.

| contract | function | who | delay | can | cannot |
| --- | --- | --- | --- | --- | --- |
"""


class RolesIncomplete(Exception):
    """A privileged function that the wiring or the table of effects does not know."""


def restricted() -> dict[str, tuple[str, ...]]:
    """Names of the functions that ask Governance, by contract, as the sources have them."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "contracts" / "src").glob("*.sol")):
        names = _FUNCTION.findall(path.read_text())
        if names:
            # A base's functions are called on the contract that is deployed.
            owner = "SpotIndex" if path.stem == "ReporterSet" else path.stem
            found.setdefault(owner, []).extend(names)
    return {owner: tuple(names) for owner, names in found.items()}


def render() -> str:
    """The whole document. Raises RolesIncomplete."""
    effects = tomllib.loads(EFFECTS.read_text())
    return HEAD + "\n".join(_rows(effects)) + "\n" + _manager(effects) + _anyone(effects)


def _rows(effects: dict[str, Any]) -> Iterator[str]:
    wired = {(each.contract, each.function): each.role for each in PERMISSIONS}
    for contract, names in restricted().items():
        for name in names:
            role = wired.pop((contract, _snake(name)), None)
            if role is None:
                raise RolesIncomplete(f"{contract}.{name} is given to no role in pargrade/roles.py")
            told = effects.get(contract, {}).get(name)
            if told is None:
                raise RolesIncomplete(f"{contract}.{name} has no row in {EFFECTS.name}")
            yield _row(contract, name, role, told)
    if wired:
        raise RolesIncomplete(f"wired, but restricted in no source: {sorted(wired)}")


def _row(contract: str, name: str, role: Role, told: dict[str, str]) -> str:
    delay = f"{ADMIN_DELAY // 86_400} days" if role is Role.ADMIN else "none"
    who = role.name.lower()
    return f"| {contract} | `{name}` | {who} | {delay} | {told['can']} | {told['cannot']} |"


def _manager(effects: dict[str, Any]) -> str:
    lines = [f"| `{name}` | {text} |" for name, text in effects["manager"].items()]
    return (
        "\n## Governance itself\n\n"
        f"The admin, behind {ADMIN_DELAY // 86_400} days, may also change who holds a role:\n\n"
        "| function | what follows |\n| --- | --- |\n" + "\n".join(lines) + "\n"
    )


def _anyone(effects: dict[str, Any]) -> str:
    lines = [f"- {text}" for text in effects["anyone"].values()]
    return "\n## What needs no role\n\n" + "\n".join(lines) + "\n"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def main() -> int:
    """Exit code 1 when the document is not what the sources say."""
    try:
        text = render()
    except RolesIncomplete as incomplete:
        print(f"error: {incomplete}", file=sys.stderr)
        return 1
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(text)
        return 0
    if DOCUMENT.is_file() and DOCUMENT.read_text() == text:
        return 0
    print("docs/ROLES.md differs: run python scripts/make_roles.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
