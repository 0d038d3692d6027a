import json
from pathlib import Path

import pytest

from pargrade.chain.hashing import address_of
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
