"""The specimen contract, compiled and bound the way the real ones are."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from contracts.codegen import bindgen
from contracts.codegen import compile as compiler
from contracts.codegen.sources import find_units

SPECIMEN: Final = Path(__file__).parents[1] / "contracts" / "specimen"


def compile_specimen(root: Path = SPECIMEN) -> dict[str, Any]:
    """Its artifact."""
    made = compiler.build(find_units(root, packages={}), {}, trust=True)
    artifact: dict[str, Any] = json.loads(made["Specimen"])
    return artifact


def bind(artifact: dict[str, Any], folder: Path, package: str) -> ModuleType:
    """Its binding, written into `folder` as a module of `package` and imported."""
    target = folder / package
    target.mkdir()
    for name, text in bindgen.render([artifact], package).items():
        (target / name).write_text(text)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(f"{package}.specimen")
    finally:
        sys.path.remove(str(folder))
