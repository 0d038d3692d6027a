"""HEDGING.md: its files are read, its commands run, and what stands below them is printed."""

import re

import pytest

from bridge.hedge.forecast.outlook import Outlook
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.plan.policy import HistoryRule, Policy
from tests.support.cli import run
from tests.support.team_files import FILES, PAGE, write_team_files

COMMANDS = re.findall(r"```console\n\$ pargrade (.*)\n(.*)\n```", PAGE)
EXIT_CODES = {"drift": 3}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The team's folder: the page's files, and a year of a steady need."""
    write_team_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_page__has_its_files_and_every_command():
    assert FILES.keys() == {"hedge.yaml", "market.yaml", "outlook.yaml"}
    commands = [words.split()[1] for words, _ in COMMANDS]
    assert commands == ["read", "exposure", "forecast", "plan", "drift"]


@pytest.mark.parametrize(("words", "line"), COMMANDS, ids=[words[:20] for words, _ in COMMANDS])
def test_command__of_the_page__prints_what_stands_below_it(folder, words, line):
    ran = run(*words.split())
    assert ran.code == EXIT_CODES.get(words.split()[1], 0), ran.err
    assert line in ran.out


def test_outlook__of_the_page__is_read(folder):
    outlook = read_settings(Outlook, folder / "outlook.yaml")
    assert (len(outlook.growth), len(outlook.launches)) == (1, 1)


def test_policy__every_key__is_explained():
    for key in (*Policy.model_fields, *HistoryRule.model_fields):
        assert f"`{key}`" in PAGE
