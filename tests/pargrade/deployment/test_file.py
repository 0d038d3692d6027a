import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from pargrade.chain.hashing import address_of
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import (
    BadDeployment,
    DeployedContract,
    DeployedGrade,
    DeployedSeries,
    Deployment,
    NoDeployment,
    NotDeployed,
    default_path,
)
from pargrade.deployment.grade_listing import record_grade
from pargrade.deployment.series_listing import record_series
from pargrade.deployment.session import Session

ONE, TWO, THREE = (address_of(bytes([n]) * 20) for n in (1, 2, 3))

DEPLOYMENT = Deployment(
    chain_id=31337,
    block=7,
    quote_token=ONE,
    contracts={"SpotIndex": DeployedContract(TWO, 8, "ab" * 32)},
    grades={"A1GH": DeployedGrade(ONE, THREE, "0x" + "cd" * 32, 6)},
    series={"2026-03": DeployedSeries(str(2**255))},
)


def test_deployment__written_and_read__the_same(tmp_path: Path) -> None:
    path = tmp_path / "deployments" / "31337.json"
    DEPLOYMENT.write(path)
    DEPLOYMENT.write(path)
    assert Deployment.read(path) == DEPLOYMENT
    assert [entry.name for entry in path.parent.iterdir()] == ["31337.json"]
    assert json.loads(path.read_text())["schema"] == 1


def test_read__no_file__no_deployment_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(NoDeployment) as refused:
        Deployment.read(tmp_path / "1.json")
    assert "pargrade deploy" in refused.value.hint


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 2),
        ("schema", None),
        ("chain_id", "many"),
        ("quote_token", "0x12"),
        ("contracts", {"SpotIndex": {"address": ONE}}),
        ("contracts", {"SpotIndex": "0x"}),
        ("grades", []),
        ("series", None),
        ("series", {"SPRING": {"series_id": "seven"}}),
    ],
)
def test_read__one_field_wrong__bad_deployment_naming_the_file(
    tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "31337.json"
    DEPLOYMENT.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(BadDeployment) as refused:
        Deployment.read(path)
    assert refused.value.path == path


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_read__not_a_deployment_at_all__bad_deployment(tmp_path: Path, text: str) -> None:
    path = tmp_path / "31337.json"
    path.write_text(text)
    with pytest.raises(BadDeployment):
        Deployment.read(path)


def test_names__unknown__not_deployed_with_the_known_ones() -> None:
    assert DEPLOYMENT.address("SpotIndex") == TWO
    assert DEPLOYMENT.grade("A1GH").unit == THREE
    with pytest.raises(NotDeployed) as refused:
        DEPLOYMENT.grade("EFLP")
    assert refused.value.known == ("A1GH",)
    assert "A1GH" in refused.value.hint


def test_default_path__of_a_chain__named_by_its_id() -> None:
    assert default_path(31337) == Path("deployments/31337.json")


def session_of(path: Path) -> Session:
    """A command that has read the file, and will write it after its transactions."""
    return Session(cast(Chain, None), Deployment.read(path), path)


def test_amend__two_commands_read_before_either_writes__the_file_has_what_both_listed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "31337.json"
    DEPLOYMENT.write(path)
    first, second, third = session_of(path), session_of(path), session_of(path)
    grade = DeployedGrade(TWO, TWO, "0x" + "ee" * 32, 18)
    assert record_grade(first, "EFLP", grade) == "EFLP"
    assert record_grade(second, "L70M", replace(grade, unit=ONE)) == "L70M"
    _, name = record_series(third, "SPRING", 256)
    found = Deployment.read(path)
    assert found.grades.keys() == {"A1GH", "EFLP", "L70M"}
    assert (name, found.series[name].series_id) == ("SPRING", "256")
    assert found.series.keys() == {"2026-03", "SPRING"}


def test_amend__name_went_to_another_meanwhile__both_are_kept_and_again_adds_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "31337.json"
    DEPLOYMENT.write(path)
    late = session_of(path)
    record_series(session_of(path), "SPRING", 256)
    assert [record_series(late, "SPRING", 512)[1] for _ in range(2)] == ["SPRING-2", "SPRING-2"]
    grade = DeployedGrade(TWO, TWO, "0x" + "ee" * 32, 18)
    assert record_grade(late, "A1GH", grade) == "A1GH-2"
    assert Deployment.read(path).grade("A1GH") == DEPLOYMENT.grade("A1GH")
    assert len(Deployment.read(path).series) == 3


def test_amend__many_at_once__every_entry_is_there_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "31337.json"
    DEPLOYMENT.write(path)
    with ThreadPoolExecutor(8) as pool:
        numbers = range(256, 256 * 41, 256)
        done = pool.map(lambda number: record_series(session_of(path), "S", number), numbers)
        names = {name for _, name in done}
    assert len(names) == 40
    assert {int(each.series_id) for each in Deployment.read(path).series.values()} >= set(numbers)
    assert [entry.name for entry in tmp_path.iterdir()] == ["31337.json"]


def test_amend__change_is_refused__the_file_is_as_it_was_and_free(tmp_path: Path) -> None:
    path = tmp_path / "31337.json"
    DEPLOYMENT.write(path)

    def refuse(_: Deployment) -> Deployment:
        raise NotDeployed("grade", "X", ())

    for _ in range(2):
        with pytest.raises(NotDeployed):
            Deployment.amend(path, refuse)
    assert Deployment.read(path) == DEPLOYMENT
    with pytest.raises(NoDeployment):
        Deployment.amend(tmp_path / "1.json", refuse)
