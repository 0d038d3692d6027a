"""Any value of another type at any key is one error that names the key, and nothing else happens.

Asked of the two services' own settings, so that no key is forgotten.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bridge.service.settings import Settings
from oracle.node.settings import NodeSettings
from pargrade.settings import BadConfig, StrictSettings, to_toml
from tests.support.settings_file import NODE, set_at, write

GOOD: Final[dict[type[StrictSettings], dict[str, Any]]] = {NodeSettings: NODE, Settings: {}}


def places(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key, tables included."""
    for name, field in model.model_fields.items():
        yield (*above, name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from places(kind, (*above, name))


KEYS: Final = [(service, place) for service in GOOD for place in places(service)]
IDS: Final = [f"{service.__name__}-{'.'.join(place)}" for service, place in KEYS]


def field_at(model: type[BaseModel], place: tuple[str, ...]) -> Any:
    field = model.model_fields[place[0]]
    return field.annotation if len(place) == 1 else field_at(field.annotation, place[1:])  # type: ignore[arg-type]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
HUGE = st.integers(64, 14_000).map(lambda bits: 1 << bits)
SCALARS = {
    str: TEXTS,
    int: st.integers(-(1 << 63), (1 << 63) - 1) | HUGE,
    bool: st.booleans(),
    float: st.floats(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    time: st.times(),
}
ANY = st.recursive(
    st.one_of(*SCALARS.values()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


def is_of(kind: Any, value: object) -> bool:
    """Whether a TOML value has the type of a field, whatever its range."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return isinstance(value, dict)
    if kind in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (kind is float and isinstance(value, float))
    if kind == dict[str, str]:
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if kind == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def refusal_of(service: type[StrictSettings], path: Path) -> str | None:
    try:
        service.read(path)
    except BadConfig as bad:
        return str(bad)
    return None


QUICK = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize(("service", "place"), KEYS, ids=IDS)
@QUICK
@given(data=st.data())
def test_read__value_of_another_type__one_error_naming_the_key(
    tmp_path: Path, service: type[StrictSettings], place: tuple[str, ...], data: st.DataObject
) -> None:
    kind = field_at(service, place)
    wrong = data.draw(ANY.filter(lambda value: not is_of(kind, value)))
    path = write(tmp_path, set_at(GOOD[service], place, wrong))
    with pytest.raises(BadConfig) as bad:
        service.read(path)
    assert str(bad.value).startswith(f"{path}: {'.'.join(place)}")
    assert bad.value.hint
    assert len(str(bad.value)) < 1_000


@pytest.mark.parametrize(("service", "place"), KEYS, ids=IDS)
@QUICK
@given(value=ANY)
def test_read__any_value_at_any_key__is_read_or_one_error_names_the_key_or_its_table(
    tmp_path: Path, service: type[StrictSettings], place: tuple[str, ...], value: object
) -> None:
    path = write(tmp_path, set_at(GOOD[service], place, value))
    refusal = refusal_of(service, path)
    unfit = f"{place[0]} does not fit"
    assert refusal is None or ".".join(place) in refusal or unfit in refusal


@pytest.mark.parametrize("service", GOOD)
@QUICK
@given(key=st.text(st.characters(categories=["L", "N"], max_codepoint=255), min_size=1))
def test_read__a_key_nobody_asked_for__is_refused(
    tmp_path: Path, service: type[StrictSettings], key: str
) -> None:
    if key in service.model_fields:
        return
    path = tmp_path / "settings.toml"
    path.write_text(
        f"{json.dumps(key, ensure_ascii=False)} = 1\n" + to_toml(GOOD[service]), "utf-8"
    )
    with pytest.raises(BadConfig, match="is not a setting") as bad:
        service.read(path)
    assert key in str(bad.value)


@pytest.mark.parametrize("key", ["_env_file", "_cli_parse_args", "_env_prefix", "INTERVAL"])
def test_read__a_key_that_means_something_to_the_library__is_no_setting(
    tmp_path: Path, key: str
) -> None:
    path = write(tmp_path, {key: "x"})
    with pytest.raises(BadConfig, match=f"{key} is not a setting"):
        Settings.read(path)


@QUICK
@given(content=st.binary(max_size=200))
def test_read__any_bytes__settings_or_one_error_naming_the_file(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    refusal = refusal_of(Settings, path)
    assert refusal is None or refusal.startswith(f"{path}: ")


@pytest.mark.parametrize("value", [hex(1 << 20_000), f"[{hex(1 << 20_000)}]", "9" * 5_000])
def test_read__number_too_long_to_be_written_out__one_error(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"page_size = {value}\n")
    with pytest.raises(BadConfig):
        Settings.read(path)


def test_read__nested_beyond_measure__one_error(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for depth in (50, 200, 300, 5_000):
        path.write_text(f"finality = {'[' * depth}{']' * depth}\n")
        with pytest.raises(BadConfig):
            Settings.read(path)


def test_read__byte_order_mark__is_not_content(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xef\xbb\xbfinterval = 7\n")
    assert Settings.read(path).interval == 7


def test_read__several_faults__all_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, {"intervall": 3, "page_size": 0, "patience": True})
    with pytest.raises(BadConfig) as bad:
        Settings.read(path)
    for key in ("intervall", "page_size", "patience"):
        assert key in str(bad.value)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@QUICK
@given(name=NAMES, sample=NAMES, peers=st.lists(NAMES), lag=st.integers(0, 86_400))
def test_to_toml__settings_written__read_back_the_same(
    tmp_path: Path, name: str, sample: str, peers: list[str], lag: int
) -> None:
    path = tmp_path / "settings.toml"
    values = set_at(set_at(NODE, ("source", "sample"), sample), ("panel", "lag_s"), lag)
    written = NodeSettings.from_values(path, {**values, "name": name, "peers": peers})
    path.write_text(to_toml(written.model_dump(mode="json", exclude_unset=True)), encoding="utf-8")
    assert NodeSettings.read_file(path) == written
