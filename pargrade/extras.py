"""What only some commands need, by the extra of the distribution that installs it."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from pargrade.errors import PargradeError

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "oracle": ("apscheduler", "numpy", "polars"),
    "hedge": ("numpy", "polars"),
    "plot": ("matplotlib",),
    "postgres": ("psycopg",),
    "dask": ("distributed",),
    "nats": ("nats",),
    "devnet": ("apscheduler", "numpy", "polars", "matplotlib"),
}
"""Import names by extra. The first extra that has a module is asked for unless another fits."""


class MissingExtra(PargradeError):
    """A library is not installed that this command needs and others do not."""

    def __init__(self, extra: str, module: str) -> None:
        self.extra = extra
        self.module = module
        self.hint = f'pip install "pargrade[{extra}]"'
        super().__init__(f"this needs {module}, which comes with the extra {extra!r}")


def require_extra(extra: str) -> None:
    """Raises MissingExtra unless everything of an extra can be imported; imports nothing."""
    for module in EXTRAS[extra]:
        try:
            found = find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise MissingExtra(extra, module)


def explain_absence(error: ModuleNotFoundError, preferred: str = "") -> MissingExtra | None:
    """Why an import failed, if an extra brings what was imported; `preferred` where it does too."""
    module = (error.name or "").partition(".")[0]
    bringing = [extra for extra, modules in EXTRAS.items() if module in modules]
    if not bringing:
        return None
    return MissingExtra(preferred if preferred in bringing else bringing[0], module)
