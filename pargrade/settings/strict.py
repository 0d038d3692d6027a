"""Settings read strictly: options over environment over file, exact types, no unknown key."""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pargrade.settings.fault import (
    BadConfig,
    Fault,
    describe_fault,
    describe_place,
    holds,
    unknown_setting,
)

Named = TypeVar("Named", str, Path)

_DELIMITER: Final = "__"
_MOST_NESTED: Final = 100
"""Brackets in a variable: settings have lists of texts, and no more."""


class Unfit(ValueError):
    """What a validator raises: a value that is no such thing, or a table that does not fit."""

    def __init__(self, words: str = "", hint: str = "") -> None:
        self.hint = hint
        super().__init__(words)


def _without_nul(name: Named) -> Named:
    if "\0" in str(name):
        raise Unfit
    return name


FILE_NAME: Final = "the name of a file"

FileName = Annotated[str, AfterValidator(_without_nul), Field(description=FILE_NAME)]
"""As text: relative to whatever the settings say."""

FilePath = Annotated[Path, Strict(False), AfterValidator(_without_nul)]
"""Text to a path, relative to the working directory."""

Texts = Annotated[tuple[str, ...], Strict(False)]
"""A TOML array of texts. Not strict about the array: to Python that is a list."""


def whole_number(least: int, most: int, default: Any = ...) -> Any:
    """A field for a whole number in [least, most]; required without a default."""
    description = f"a whole number between {least} and {most}"
    return Field(default, ge=least, le=most, description=description)


class StrictTable(BaseModel):
    """A table inside a settings file."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class StrictSettings(BaseSettings):
    """A settings file. A subclass names its fields and, as `env_prefix`, its variables.

    The key `poll_ms` of the table `pace` is the variable PREFIX + `PACE__POLL_MS`. Lists are JSON
    in a variable; an empty variable counts as not set. Fields with `repr=False` are secret: no
    error shows their values.
    """

    model_config = SettingsConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        env_nested_delimiter=_DELIMITER,
        env_ignore_empty=True,
    )

    @classmethod
    def read(cls, path: Path | None, **options: Any) -> Self:
        """From a file if any, the environment and options; an option of None changes nothing.

        Raises BadConfig.
        """
        given = {name: value for name, value in options.items() if value is not None}
        return cls._validated(path, cls._read_toml(path), cls._read_environment(), given)

    @classmethod
    def read_file(cls, path: Path) -> Self:
        """From a file alone, for what the environment of this process is not about."""
        return cls._validated(path, cls._read_toml(path), {}, {})

    @classmethod
    def from_values(cls, path: Path, values: Mapping[str, Any]) -> Self:
        """From what is about to be written to `path`. Raises BadConfig."""
        return cls._validated(path, values, {}, {})

    @classmethod
    def advice(cls) -> str:
        """The hint of an error that has none of its own."""
        return f"Known settings: {', '.join(cls.model_fields)}."

    @classmethod
    def variables(cls) -> dict[str, tuple[str, ...]]:
        """Environment variables by name, each with the place of its key."""
        prefix = str(cls.model_config.get("env_prefix"))
        places = _places(cls)
        return {prefix + _DELIMITER.join(place).upper(): place for place in places}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A constructor takes its arguments and nothing else: `read` puts the sources together."""
        return (init_settings,)

    @classmethod
    def _read_toml(cls, path: Path | None) -> dict[str, Any]:
        try:
            # Some editors begin a file with a byte order mark.
            return {} if path is None else tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as failure:
            raise BadConfig(path, failure.strerror or str(failure), cls.advice()) from None
        except (ValueError, RecursionError) as failure:
            raise BadConfig(path, f"not TOML: {failure}", cls.advice()) from None

    @classmethod
    def _read_environment(cls) -> dict[str, Any]:
        known, prefix = cls.variables(), str(cls.model_config.get("env_prefix"))
        for name, value in os.environ.items():
            spelt = name.upper()
            if value and spelt.startswith(prefix) and spelt not in known:
                near = difflib.get_close_matches(spelt, known, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
                raise BadConfig(None, f"environment variable {name} is not a setting", hint)
        return _Environment(cls)()

    @classmethod
    def _validated(
        cls,
        path: Path | None,
        file: Mapping[str, Any],
        environment: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> Self:
        values = _merged(_merged(file, environment), options)
        # Apart, as a constructor of BaseSettings takes more than its fields, in any letter case.
        known = {name: value for name, value in values.items() if name in cls.model_fields}
        faults = [unknown_setting(cls, (name,)) for name in values if name not in known]
        try:
            settings = cls(**known)
        except ValidationError as invalid:
            faults += [describe_fault(cls, error) for error in invalid.errors(include_url=False)]
        else:
            if not faults:
                return settings
        raise cls._refuse(path, faults, environment, options)

    @classmethod
    def _refuse(
        cls,
        path: Path | None,
        faults: list[Fault],
        environment: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> BadConfig:
        """One error for all faults, each under the name a person gave the value by."""
        names = {place: name for name, place in cls.variables().items()}
        in_file, elsewhere = [], []
        for fault in faults:
            keys = tuple(part for part in fault.place if isinstance(part, str))
            if holds(options, fault.place):
                option = describe_place(fault.place).replace("_", "-")
                elsewhere.append(f"--{option} {fault.words}")
            elif holds(environment, fault.place):
                elsewhere.append(f"environment variable {names[keys]} {fault.words}")
            else:
                in_file.append(f"{describe_place(fault.place)} {fault.words}".lstrip())
        hint = next((fault.hint for fault in faults if fault.hint), cls.advice())
        return BadConfig(path if in_file else None, "; ".join(in_file + elsewhere), hint)


class _Environment(EnvSettingsSource):
    """Variables as text, or as JSON where a number or a list belongs.

    What is no JSON there stays text, for the validation to refuse.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        # Strict settings would make the library convert by itself, and `true` to 1.
        self.config = self.config.copy()
        self.config["strict"] = False

    def field_is_complex(self, field: FieldInfo) -> bool:
        return field.annotation in (int, float) or super().field_is_complex(field)

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        # A dependency raises Python's recursion limit, and then deep nesting ends the process.
        if str(value).count("[") + str(value).count("{") > _MOST_NESTED:
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value


def _places(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The keys of a table and of the tables in it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _places(kind, (*above, name))
        else:
            yield (*above, name)


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values, those of `high` where both have one."""
    merged = dict(low)
    for name, value in high.items():
        below = merged.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            value = _merged(below, value)
        merged[name] = value
    return merged
