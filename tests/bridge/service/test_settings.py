from pathlib import Path

import pytest

from bridge.keeper.batches import BadPage
from bridge.ledger.finality import Finality
from bridge.service.settings import Settings
from pargrade.chain.block import Tag
from pargrade.database import sqlite_file
from pargrade.settings import BadConfig


def written(folder: Path, text: str) -> Path:
    path = folder / "bridge.toml"
    path.write_text(text)
    return path


def test_read__every_setting_of_the_documentation__taken(tmp_path: Path) -> None:
    import bridge.service.settings

    text = bridge.service.settings.__doc__
    assert text is not None
    documented = [line for line in text.splitlines() if " = " in line]
    read = Settings.read(written(tmp_path, "\n".join(line.strip() for line in documented)))
    assert read == Settings(
        deployment=Path("deployments/31337.json"),
        database="sqlite:///bridge.db",
        finality="finalized",
    )
    assert len(documented) == len(Settings.model_fields)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("interval = 'often'", "interval is 'often', not a number above 0"),
        ("interval = true", "interval is true, not a number above 0"),
        ("interval = 0", "interval is 0, not a number above 0"),
        ("database = 3", "database is not text"),
        ("max_fee = 0.05", "max_fee is 0.05, not an amount of the chain's coin"),
        ("max_fee_per_day = '-1'", "max_fee_per_day is '-1', not an amount of the chain's coin"),
        ("max_fee_per_day = '1e18'", "max_fee_per_day is '1e18', not an amount of"),
        ("pace = 3", "pace is not a setting"),
        ("interval 5", "Expected '='"),
    ],
)
def test_read__unusable__says_what_and_which_settings_there_are(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        Settings.read(written(tmp_path, text))
    assert why in str(refused.value)
    assert "rpc_url" in refused.value.hint


def test_read__no_such_file__refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig):
        Settings.read(tmp_path / "missing.toml")


def test_read__options_left_out__change_nothing(tmp_path: Path) -> None:
    settings = Settings.read(written(tmp_path, "interval = 7"), interval=None, page_size=3)
    assert (settings.interval, settings.page_size) == (7, 3)


def test_paging__beyond_a_block__refused() -> None:
    with pytest.raises(BadPage):
        _ = Settings(most_gas=2**24 + 1).paging


@pytest.mark.parametrize(
    ("text", "chain_id", "expected"),
    [
        ("", 1, Finality(Tag.FINALIZED)),
        ("", 31337, Finality(Tag.LATEST)),
        ("safe", 31337, Finality(Tag.SAFE)),
        ("12", 1, Finality(Tag.LATEST, 12)),
    ],
)
def test_finality_on__named_or_by_chain__what_counts(
    text: str, chain_id: int, expected: Finality
) -> None:
    assert Settings(finality=text).finality_on(chain_id) == expected


def test_database_beside__none_named__a_file_beside_the_deployment(tmp_path: Path) -> None:
    path = tmp_path / "31337.json"
    assert Settings().database_beside(path) == sqlite_file(tmp_path / "31337.bridge.db")
    assert Settings(database="postgresql://x/y").database_beside(path) == "postgresql://x/y"


def test_fees__caps_in_coins__in_wei() -> None:
    policy = Settings(max_fee="0.05", max_fee_per_day="1.5").fees
    assert (policy.max_cost, policy.max_cost_per_day) == (5 * 10**16, 15 * 10**17)
    assert Settings().fees.max_cost_per_day is None
