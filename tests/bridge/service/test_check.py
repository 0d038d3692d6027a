"""`pargrade bridge check` names what is wrong and how to mend it, and sends nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.schema import BRIDGE
from pargrade.chain.keys import Key
from pargrade.database import open_database, transaction
from tests.support.cli import run
from tests.support.command import KEEPER_KEY
from tests.support.market import MIDNIGHT, Market
from tests.support.peer import nobody
from tests.support.service import KEEPER, serve


@pytest.fixture
def where(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Options that name the chain, the deployment and a database."""
    monkeypatch.setenv("PARGRADE_KEY", KEEPER_KEY)
    deployment = market.write(tmp_path / "31337.json")
    options = ("--rpc-url", market.net.url, "--deployment", str(deployment))
    return (*options, "--database", f"sqlite:///{tmp_path / 'bridge.db'}")


def found(*words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the findings by what they are about."""
    ended = run("bridge", "check", *words, "--json")
    document = json.loads(ended.out)
    assert document["ok"] == (ended.code == 0)
    assert all(each["mend"] for each in document["findings"] if each["state"] != "ok")
    return ended.code, {each["subject"].split(" ")[0]: each for each in document["findings"]}


def test_check__all_is_well__exit_code_0_and_nothing_is_sent(
    market: Market, where: tuple[str, ...], tmp_path: Path
) -> None:
    head = market.chain.head()
    code, findings = found(*where)
    assert code == 0
    assert {name for name, each in findings.items() if each["state"] == "wrong"} == set()
    assert findings["key"]["found"] == f"signs as {KEEPER.address}"
    assert "60 transactions" in findings["balance"]["found"]
    assert "there is none yet" in findings["database"]["found"]
    assert not (tmp_path / "bridge.db").exists()
    assert market.chain.head() == head
    assert "All is well." in run("bridge", "check", *where).out


def test_check__after_a_month_of_work__the_need_is_what_was_spent(
    market: Market, where: tuple[str, ...]
) -> None:
    from pargrade.bindings.structs import Style

    market.list_series("A1GH", style=Style.DELIVERY)
    market.chain.advance(MIDNIGHT + 3 * 86_400)
    service = serve(market, where[-1])
    sent = len(service.keep().outcomes)
    assert sent > 0
    _, findings = found(*where)
    assert f"as the last 30 days: {sent} transactions" in findings["balance"]["found"]
    assert BRIDGE.head in findings["database"]["found"]


def test_check__endpoint_that_is_down_beside_one_that_is_well__is_named(
    market: Market, where: tuple[str, ...]
) -> None:
    code, _ = found(*where)
    assert code == 0
    both = f"{market.net.url},{nobody()}"
    ended = run("bridge", "check", "--rpc-url", both, *where[2:], "--json")
    findings = {each["subject"]: each for each in json.loads(ended.out)["findings"]}
    assert ended.code == 1
    assert findings["endpoint 2"]["state"] == "wrong"
    assert findings[f"endpoint 1 {market.net.url}"]["state"] == "ok"


def test_check__no_key_or_one_without_coins__warns_or_is_wrong(
    where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARGRADE_KEY")
    code, findings = found(*where)
    assert (code, findings["key"]["state"]) == (0, "warning")
    poor = Key(b"\x77" * 32)
    code, findings = found(*where, "--key", "0x" + "77" * 32)
    assert (code, findings["balance"]["state"]) == (1, "wrong")
    assert poor.address in findings["balance"]["subject"]
    code, findings = found(*where, "--key", "env:NOT_SET_ANYWHERE")
    assert (code, findings["key"]["state"]) == (1, "wrong")


def test_check__damaged_newer_or_held_database__is_named_with_what_to_do(
    where: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "bridge.db"
    engine = open_database(where[-1], BRIDGE)
    with transaction(engine) as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        code, findings = found(*where)
        assert (code, findings["database"]["state"]) == (1, "wrong")
        assert "cannot be written" in findings["database"]["found"]
        connection.rollback()
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'bridge_99'")
    engine.dispose()
    code, findings = found(*where)
    assert (code, findings["database"]["found"]) == (
        1,
        f"version bridge_99, newer than {BRIDGE.head}",
    )
    path.write_bytes(b"overwritten" * 1_000)
    code, findings = found(*where)
    assert code == 1
    assert "`pargrade bridge restore`" in findings["database"]["mend"]


def test_check__deployment_of_another_chain__is_named(market: Market, tmp_path: Path) -> None:
    path = market.write(tmp_path / "31337.json")
    document = json.loads(path.read_text())
    document["chain_id"] = 1
    path.write_text(json.dumps(document))
    code, findings = found("--rpc-url", market.net.url, "--deployment", str(path))
    assert (code, findings["deployment"]["state"]) == (1, "wrong")
