"""Strict settings from a TOML file, the environment and options, for every service alike."""

from pargrade.settings.fault import BadConfig
from pargrade.settings.strict import (
    FILE_NAME,
    FileName,
    FilePath,
    StrictSettings,
    StrictTable,
    Texts,
    Unfit,
    whole_number,
)
from pargrade.settings.toml_text import to_toml

__all__ = [
    "FILE_NAME",
    "BadConfig",
    "FileName",
    "FilePath",
    "StrictSettings",
    "StrictTable",
    "Texts",
    "Unfit",
    "to_toml",
    "whole_number",
]
