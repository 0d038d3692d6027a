"""The runbook: its commands exist, its links lead somewhere, its drills are tests."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from pargrade.data.files import ALERTS, OPS
from tests.support.command_tree import command_tree, options_of
from tests.support.team_files import write_team_files

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "RUNBOOK.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
LINES = sorted({line for block in BLOCKS for line in block.splitlines() if line})
INLINE = sorted(set(re.findall(r"`(pargrade [^`]+|bridge [a-z]+[^`]*|oracle [a-z]+[^`]*)`", TEXT)))
RECIPES = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
UNITS = {path.name for path in OPS.glob("*.service")}


def anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def commands() -> list[str]:
    ours = [line for line in LINES if line.startswith("pargrade ")]
    return [*ours, *(f"pargrade {text.removeprefix('pargrade ')}" for text in INLINE)]


@pytest.mark.parametrize("line", commands())
def test_command__of_the_runbook__exists_with_its_options_and_arguments(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_team_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    if words == ["--version"]:
        return
    path = next((p for n in (3, 2, 1) if (p := tuple(words[:n])) in command_tree()), None)
    assert path is not None, "no such command"
    rest = words[len(path) :]
    unknown = {word for word in rest if word.startswith("--")} - options_of(command_tree()[path])
    assert not unknown
    if line in LINES:
        # Parsed as the shell would have it, and not run.
        command_tree()[path].make_context(" ".join(path), list(rest))


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("systemctl ")])
def test_unit__of_the_runbook__is_one_that_ships(line: str) -> None:
    name = re.sub(r"@.*", "@", line.split()[-1])
    assert f"{name}.service" in UNITS


def test_other_commands__of_the_runbook__are_known_here() -> None:
    known = ("pargrade ", "systemctl ", "promtool check rules ")
    assert [line for line in LINES if not line.startswith(known)] == []


def test_links__within_the_runbook_and_of_alerts__lead_to_a_recipe() -> None:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    links = [r["annotations"]["runbook"] for group in groups for r in group["rules"]]
    wanted = {link.partition("#")[2] for link in links} | set(re.findall(r"\]\(#([^)]+)\)", TEXT))
    assert wanted <= {anchor(heading) for heading in RECIPES}


def test_alerts__are_each_named_in_the_recipe_they_link_to() -> None:
    recipes = dict(re.findall(r"^## (.+?)\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL))
    by_anchor = {anchor(heading): text for heading, text in recipes.items()}
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            recipe = by_anchor[rule["annotations"]["runbook"].partition("#")[2]]
            assert rule["alert"] in recipe


def test_recipes__all__name_a_drill_that_is_a_test() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    recipes = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    for recipe in recipes:
        drills = re.findall(r"`(test_\w+)`", recipe.partition("Drill:")[2])
        assert drills, recipe.splitlines()[0]
        for drill in drills:
            assert f"def {drill}(" in tests, drill
