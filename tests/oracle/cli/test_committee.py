"""`pargrade oracle committee`: figures of a committee, and refusals of what would be unsafe."""

from pathlib import Path

import pytest

from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.committee.endurance import Endurance
from tests.support.cli import run
from tests.support.members import write_configs

SETTINGS = """
name = "{name}"
reporter = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
data = "{name}"
peers = []
[key]
env = "PARGRADE_REPORTER_KEY_1"
[chain]
id = 31337
rpc = ["http://127.0.0.1:1"]
spot_index = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
indices = ["SCU / USD"]
[panel]
name = "{name}"
lag_s = 0
providers = {providers}
[api]
port = 7601
"""


def write_nodes(folder: Path, *panels):
    folder.mkdir()
    for number, providers in enumerate(panels, start=1):
        name = f"node-{number}"
        text = SETTINGS.format(name=name, providers=str(sorted(providers)).replace("'", '"'))
        (folder / f"{name}.toml").write_text(text)
    return str(folder)


def test_committee__of_seven__names_both_key_thefts_liars_and_silence():
    found = run("oracle", "committee", "--json").json
    assert (found["nodes"], found["liars"], found["silence"]) == (7, 2, 2)
    assert (found["keys_that_print_at_least"], found["keys_that_print_with_p_signatures"]) == (3, 5)
    assert found["keys_that_print"] == found["signatures"] == found["prepares"] == 5
    assert (found["keys_that_attest"], found["keys_that_stop"], found["lines"]) == (3, 3, [])


@pytest.mark.parametrize("nodes", range(1, 33))
def test_committee__of_any_size__is_as_hard_to_stop_as_its_liars_are_many(nodes):
    found = run("oracle", "committee", "--members", str(nodes), "--json").json
    endurance = Endurance(Bounds(nodes, found["liars"], found["signatures"]))
    assert endurance.silence >= found["liars"]
    assert endurance.keys_that_attest <= endurance.keys_that_print


def test_committee__with_lines__says_what_each_survives():
    words = ("--members", "7", "--watched", "lambda=7", "--watched", "vultr=5")
    found = run("oracle", "committee", *words, "--json").json
    lines = {each["line"]: each for each in found["lines"]}
    assert (lines["lambda"]["liars"], lines["lambda"]["silence"]) == (2, 2)
    assert (lines["vultr"]["liars"], lines["vultr"]["silence"]) == (2, 0)
    assert (lines["lambda"]["thin"], lines["vultr"]["thin"]) == (False, True)
    shown = run("oracle", "committee", *words).out
    assert "thin" in shown
    assert "3 with s = f+1, 5 with s = p" in " ".join(shown.split())


def test_committee__of_configurations__has_their_panels_and_refuses_a_line_few_watch(tmp_path):
    common = {"civo", "lambda", "vultr"}
    four = write_nodes(tmp_path / "four", common, common, common, common)
    found = run("oracle", "committee", "--configs", four, "--json").json
    assert (found["nodes"], found["liars"]) == (4, 1)
    assert {each["line"]: each["silence"] for each in found["lines"]} == dict.fromkeys(common, 1)
    odd = write_nodes(tmp_path / "odd", common | {"koyeb"}, common, common, common)
    refused = run("oracle", "committee", "--configs", odd)
    assert "fewer than 3 nodes watch koyeb" in refused.error
    assert "Let 3 nodes or more read each" in refused.hint


def test_committee__of_members_files__has_the_providers_that_each_watches(tmp_path):
    paths = write_configs(tmp_path, 4, watch=["civo", "lambda"])
    text = paths[0].read_text()
    paths[0].write_text(text.replace('"civo", "lambda"', '"civo"'))
    found = run("oracle", "committee", "--configs", str(tmp_path), "--json").json
    lines = {each["line"]: each for each in found["lines"]}
    counts = {name: len(each["watchers"]) for name, each in lines.items()}
    assert counts == {"civo/cherielilili": 4, "lambda/cherielilili": 3}
    assert lines["lambda/cherielilili"]["thin"]


def test_committee__of_live_members__has_the_lists_of_their_venues_and_no_others(tmp_path):
    paths = write_configs(tmp_path, 5, live={"venues": ["lium"]})
    words = ("oracle", "committee", "--configs", str(tmp_path))
    found = run(*words, "--json").json
    assert [(each["line"], len(each["watchers"])) for each in found["lines"]] == [("lium/lium", 5)]
    for path, venue in zip(paths, ["lium", "akash", "vultr", "lium", "akash"], strict=True):
        path.write_text(path.read_text().replace('"lium"', f'"{venue}"'))
    refused = run(*words)
    assert "fewer than 3 nodes watch akash/akash, lium/lium, vultr/vultr" in refused.error


def test_committee__of_two_sources_of_one_provider__counts_who_watches_each_list(tmp_path):
    paths = write_configs(tmp_path, 5, watch=["vultr"], live={"venues": ["vultr"]})
    for path in paths[:2]:
        path.write_text(path.read_text().replace('venues = ["vultr"]', 'venues = ["gpuhunt"]'))
    refused = run("oracle", "committee", "--configs", str(tmp_path))
    assert refused.error.endswith("fewer than 3 nodes watch vultr/gpuhunt")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--members", "6", "--liars", "2"), "2 liars need 7 nodes"),
        (("--members", "7", "--signatures", "2"), "liars alone could sign"),
        (("--members", "7", "--signatures", "6"), "with 2 silent nodes 5 are left"),
        (("--members", "0"), "1 to 32 nodes fit"),
        (("--members", "33"), "1 to 32 nodes fit"),
        (("--liars", "-1"), "-1 liars"),
        (("--watched", "lambda"), "no LINE=N"),
        (("--watched", "lambda=8"), "1 to 7 can watch it"),
        (("--watched", "lambda=²"), "1 to 7 can watch it"),
        (("--watched", "lambda=5", "--watched", "lambda=6"), "given twice"),
        (("--watched", "lambda=4"), "fewer than 5 nodes watch lambda"),
    ],
)
def test_committee__that_cannot_be__is_refused_with_what_to_do(words, reason):
    refused = run("oracle", "committee", *words)
    assert reason in refused.error
    assert refused.hint


def test_committee__of_another_number_than_configurations__is_refused(tmp_path):
    common = {"civo", "lambda", "vultr"}
    four = write_nodes(tmp_path / "four", common, common, common, common)
    refused = run("oracle", "committee", "--configs", four, "--members", "7")
    assert "4 nodes" in refused.error
