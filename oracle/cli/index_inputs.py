"""Options and inputs that the commands of `pargrade index` share."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pargrade.cli.toolkit.output import progress
from pargrade.errors import PargradeError

if TYPE_CHECKING:
    from oracle.index.family import Family
    from oracle.index.panel import Panel
    from oracle.quotes.quote import Quote
    from oracle.sources.recorded import Recorded
    from oracle.sources.refused import RefusedPart

_MOST_SHOWN: Final = 5


class UnknownPanel(PargradeError):
    """A panel nobody listed, or two answers to the same question."""

    hint = "Name one of the panels, or leave --panel out to read with everyone."

    def __init__(self, why: str) -> None:
        super().__init__(why)


class NoQuotes(PargradeError):
    """A recording without a quote."""

    hint = "Name a recording with --sample."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no quote in {path}")


class NoSuchMethod(PargradeError):
    """A version that did not come with the program, and no file of that name."""

    hint = "Name a version that `pargrade index methods` lists, or a method file."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"there is no method {text!r}")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Recorded quotes and who is listened to."""

    recorded: "Recorded"
    panel: "Panel"

    @property
    def quotes(self) -> "tuple[Quote, ...]":
        """Every quote, for reading one by one."""
        return self.recorded.quotes

    @property
    def newest(self) -> int:
        """When the last quote was observed, unix seconds."""
        return int(self.recorded.columns.observed_at.max())


def read_inputs(sample: Path | None, panel: str, *, everyone: bool) -> Inputs:
    """The quotes and the panel of a command; refused lines of the recording go to stderr.

    Raises UnknownPanel, NoQuotes, SourceError.
    """
    from oracle.sources.recorded import load_recording
    from oracle.sources.venue import load_venues
    from pargrade.data.files import SAMPLE

    chosen = chosen_panel(panel, everyone=everyone)
    path = sample or SAMPLE
    recorded = load_recording(path, load_venues())
    show_refused(path, recorded.refused)
    if not len(recorded.columns):
        raise NoQuotes(path)
    return Inputs(recorded, chosen)


def show_refused(path: Path, refused: "tuple[RefusedPart, ...]") -> None:
    """Lines of a recording that could not be read, on stderr: the first few, and how many."""
    for where, reason in refused[:_MOST_SHOWN]:
        progress(f"refused {where} of {path.name}: {reason}")
    if len(refused) > _MOST_SHOWN:
        progress(f"refused {len(refused)} lines of {path.name} in all")


def method_file(text: str) -> Path:
    """The file of a version, or the file of that name. Raises NoSuchMethod."""
    from oracle.index.method import METHOD

    path = METHOD.with_name(f"method-{text}.json") if text.isdecimal() else Path(text)
    if not path.is_file():
        raise NoSuchMethod(text)
    return path


def chosen_family(method: str) -> "Family":
    """The family in use, or that of a version to look at, which nobody may sign with.

    Raises NoSuchMethod, BadMethod, NotShadowed.
    """
    from oracle.index.family import load_candidate, load_family

    return load_candidate(method_file(method)) if method else load_family()


def chosen_panel(panel: str, *, everyone: bool) -> "Panel":
    """The panel of a name, or all independent providers. Raises UnknownPanel."""
    from oracle.index.family import everyone as all_providers
    from oracle.index.panel import load_panels
    from oracle.sources.venue import load_venues

    panels = load_panels()
    if panel and everyone:
        raise UnknownPanel("--panel and --all-providers exclude each other")
    if panel and panel not in panels:
        raise UnknownPanel(f"there is no panel {panel!r}, but {', '.join(panels)}")
    return panels[panel] if panel else all_providers(load_venues())
