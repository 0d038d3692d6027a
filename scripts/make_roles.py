"""Writes docs/ROLES.md from the wiring, the sources and the table of effects beside them.

python scripts/make_roles.py            write
python scripts/make_roles.py --check    compare only; exit 1 on a difference
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pargrade.clock import DAY_S
from pargrade.deployment.plan import ADMIN_DELAY
from pargrade.deployment.roles import PERMISSIONS, Role

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "ROLES.md"
EFFECTS: Final = ROOT / "scripts" / "data" / "roles.toml"
_CONTRACT: Final = re.compile(r"^(abstract )?contract (\w+)(?: is ([^{]+))?\{", re.MULTILINE)
_FUNCTION: Final = re.compile(
    r"\bfunction (\w+)\(([^{;]*)\{(.*?)(?=\bfunction \w+\(|\bmodifier \w|\bconstructor\(|\Z)",
    re.DOTALL,
)
_RESTRICTED: Final = re.compile(r"\brestricted\b")
_ONE_CALLER: Final = re.compile(r"\brevert (?:Not(?:Gate|Registry)|Only\w+)\(|\bonly[A-Z]\w*")
"""Of a body or a head: only one contract, fixed when this one was made, may call."""

HEAD: Final = """\
# Roles

This table lists every privileged function, who may call it, after which delay, and what it can
and cannot do to funds that are locked. `python scripts/make_roles.py` writes it from the sources
and from `pargrade/deployment/roles.py`, the table that deployments wire; a test compares it with
both.

Roles are those of one OpenZeppelin AccessManager, `Governance`. Delays are those of a deployment
outside development chains; on development chains everything is immediate. `unwrap`, `merge`,
`redeem`, `redeemFor` and `claim` check no role, cannot be paused and have no proxy. The same
holds for `cancel`, `cancelSigned`, `cancelAll` and `claimFees` of the exchange, and for `cancel`
and `claim` of the gate. Its `complete`, `deliver`, `enqueue` and `execute` check no role either,
but wait while a limit, a guardian's delay or a council's stop says so.

A thief who has stolen a threshold of attester keys takes at most the capacity of a route within 24
hours, at each gate: the council has so long to revoke or stop, from the first theft on.
`pargrade/deployment/council.py` refuses roles and delays under which it could not.

| contract | function | who | delay | can | cannot |
| --- | --- | --- | --- | --- | --- |
"""


class RolesIncomplete(Exception):
    """A privileged function that the wiring or the table of effects does not know."""


@dataclass(frozen=True, slots=True)
class Source:
    """One contract of the sources, with what guards its own functions."""

    name: str
    is_deployed: bool
    bases: tuple[str, ...]
    restricted: tuple[str, ...]
    """Functions that ask Governance."""
    one_caller: tuple[str, ...]
    """Functions that only one other contract may call."""


def sources() -> dict[str, Source]:
    """Every contract of the sources, by name."""
    found = {}
    for path in sorted((ROOT / "contracts" / "src").rglob("*.sol")):
        text = path.read_text()
        functions = _FUNCTION.findall(text)
        for abstract, name, bases in _CONTRACT.findall(text):
            found[name] = Source(
                name,
                not abstract,
                tuple(base.strip() for base in bases.split(",")),
                tuple(each for each, head, _ in functions if _RESTRICTED.search(head)),
                tuple(each for each, head, body in functions if _ONE_CALLER.search(head + body)),
            )
    return found


def deployed(known: dict[str, Source]) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each contract that is deployed, with itself and all its bases: they are called on it."""
    for source in known.values():
        if source.is_deployed:
            lineage = {source.name: source}
            waiting = list(source.bases)
            while waiting:
                base = known.get(waiting.pop(0))
                if base and base.name not in lineage:
                    lineage[base.name] = base
                    waiting += base.bases
            yield source.name, tuple(lineage.values())


def render() -> str:
    """The whole document. Raises RolesIncomplete."""
    effects = tomllib.loads(EFFECTS.read_text())
    return HEAD + "\n".join(_rows(effects)) + "\n" + _manager(effects) + _anyone(effects)


def _rows(effects: dict[str, Any]) -> Iterator[str]:
    wired = {(each.contract, each.function): each.role for each in PERMISSIONS}
    described = {(contract, name) for contract in _contracts(effects) for name in effects[contract]}
    for contract, lineage in deployed(sources()):
        for name in [each for source in lineage for each in source.restricted]:
            role = wired.pop((contract, _snake(name)), None)
            if role is None:
                raise RolesIncomplete(
                    f"{contract}.{name} is given to no role in pargrade/deployment/roles.py"
                )
            yield _row(
                contract, name, role.name.lower(), _delay(role), _effect(effects, contract, name)
            )
            described.discard((contract, name))
        for name in [each for source in lineage for each in source.one_caller]:
            effect = _effect(effects, contract, name)
            yield _row(contract, effect.get("called", name), effect["who"], "none", effect)
            described.discard((contract, name))
    if wired:
        raise RolesIncomplete(f"wired, but restricted in no source: {sorted(wired)}")
    if described:
        raise RolesIncomplete(
            f"told in {EFFECTS.name}, but guarded in no source: {sorted(described)}"
        )


def _contracts(effects: dict[str, Any]) -> list[str]:
    return [section for section in effects if section not in ("manager", "anyone")]


def _effect(effects: dict[str, Any], contract: str, name: str) -> dict[str, str]:
    effect: dict[str, str] | None = effects.get(contract, {}).get(name)
    if effect is None:
        raise RolesIncomplete(f"{contract}.{name} has no row in {EFFECTS.name}")
    return effect


def _delay(role: Role) -> str:
    return f"{ADMIN_DELAY // DAY_S} days" if role is Role.ADMIN else "none"


def _row(contract: str, name: str, who: str, delay: str, effect: dict[str, str]) -> str:
    return f"| {contract} | `{name}` | {who} | {delay} | {effect['can']} | {effect['cannot']} |"


def _manager(effects: dict[str, Any]) -> str:
    lines = [f"| `{name}` | {text} |" for name, text in effects["manager"].items()]
    return (
        "\n## Governance itself\n\n"
        f"The admin, behind {ADMIN_DELAY // DAY_S} days, may also change who holds a role:\n\n"
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
