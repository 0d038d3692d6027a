"""`pargrade oracle committee`: what a committee of so many nodes survives, before it is set up."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report
from pargrade.errors import PargradeError

if TYPE_CHECKING:
    from oracle.protocol.committee.bounds import Bounds
    from oracle.protocol.committee.coverage import Coverage
    from oracle.protocol.committee.endurance import Endurance

_DEFAULT_NODES = 7
_LONGEST_NAME = 64


class BadWatchers(PargradeError):
    """A line and its watchers that cannot be read, or that a committee cannot have."""

    hint = "Name a list and how many nodes read it, as in `--watched lambda=5`, each once."

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        super().__init__(f"--watched {text[:_LONGEST_NAME]}: {reason}")


def committee(
    members: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Nodes of the committee.", show_default="those of --configs, or 7"
        ),
    ] = None,
    liars: Annotated[
        int | None,
        typer.Option(
            metavar="F",
            help="Nodes that may do anything, together.",
            show_default="the most that so many nodes survive",
        ),
    ] = None,
    signatures: Annotated[
        int | None,
        typer.Option(
            metavar="S",
            help="Signatures that the chain asks for.",
            show_default="as many as PREPAREs",
        ),
    ] = None,
    configs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Configurations of nodes or members, which say who watches which line.",
            exists=True,
            file_okay=False,
            show_default="none",
        ),
    ] = None,
    watched: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LINE=N", help="So many nodes watch a provider's list; may be repeated."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many liars, silent nodes and stolen keys a committee and each line survive.

    Refuses what would be unsafe or could never end: n < 3f+1, s < f+1, s > n-f, and a line that
    fewer than 2f+1 nodes watch. The lines of members' files are the lists of their live venues or
    recordings, provider/source. Reads no chain, changes nothing.
    """
    from oracle.protocol.committee.bounds import Bounds, most_liars
    from oracle.protocol.committee.coverage import require_watched
    from oracle.protocol.committee.endurance import Endurance

    panels = _panels_of(configs)
    nodes = members if members is not None else len(panels) or _DEFAULT_NODES
    survived = max(most_liars(nodes), 0) if liars is None else liars
    asked = (nodes + survived) // 2 + 1 if signatures is None else signatures
    bounds = Bounds(nodes, survived, asked)
    coverage = _coverage_of(panels, watched or (), bounds)
    require_watched(coverage, bounds)
    _show(Endurance(bounds), coverage, as_json=as_json)


def _panels_of(folder: Path | None) -> list[tuple[str, ...]]:
    if folder is None:
        return []
    from oracle.cli.common.members import is_committee, read_members
    from oracle.cli.replay import read_configs

    if is_committee(folder):
        from oracle.member.watched_lists import watched_lists

        return [tuple(sorted(watched_lists(each))) for each in read_members(folder)]
    return [config.panel.providers for config in read_configs(folder)]


def _coverage_of(
    panels: Sequence[Sequence[str]], watched: Sequence[str], bounds: "Bounds"
) -> "tuple[Coverage, ...]":
    """The coverage of panels, to which lines given by count are added. Raises BadWatchers."""
    from oracle.protocol.committee.coverage import cover

    joined: list[list[str]] = [list(panel) for panel in panels] or [[] for _ in range(bounds.nodes)]
    known = {line for panel in joined for line in panel}
    for text in watched:
        line, separator, count = text.rpartition("=")
        if not separator or not line or len(line) > _LONGEST_NAME:
            raise BadWatchers(text, "no LINE=N")
        if not count.isdecimal() or len(count) > 2 or not 0 < int(count) <= len(joined):
            raise BadWatchers(text, f"of {len(joined)} nodes 1 to {len(joined)} can watch it")
        if line in known:
            raise BadWatchers(text, "it is given twice, or in the panels")
        known.add(line)
        for panel in joined[: int(count)]:
            panel.append(line)
    return cover(joined, bounds)


def _show(endurance: "Endurance", coverage: "Sequence[Coverage]", *, as_json: bool) -> None:
    bounds = endurance.bounds
    machine: dict[str, Any] = {
        **endurance.to_json(),
        "lines": [each.to_json() for each in coverage],
    }
    rows = [
        ("nodes n", bounds.nodes, ""),
        ("liars f", bounds.liars, "may do anything, together"),
        ("silent nodes", endurance.silence, "beyond them no slot ends"),
        ("signatures s", bounds.signatures, "over one digest, on chain"),
        ("PREPAREs p", bounds.prepares, "for one digest, before anyone signs"),
        ("least batches", bounds.least_batches, "in an input set"),
        ("keys that print", endurance.keys_that_print, _printing(bounds)),
        (
            "keys that attest",
            endurance.keys_that_attest,
            "make a price of their own count; their batches are evidence",
        ),
        ("keys that stop", endurance.keys_that_stop, "end the rounds by silence"),
    ]
    lines = [
        (
            each.line,
            len(each.watchers),
            each.liars,
            each.silence,
            "thin" if each.is_thin else "enough",
        )
        for each in coverage
    ]
    report(
        machine,
        Table(("", "count", "meaning"), rows, title="The committee", numbers=frozenset({"count"})),
        *(
            [
                Table(
                    ("line", "watchers", "liars", "silence", "watched"),
                    lines,
                    title="Its lines",
                    numbers=frozenset({"watchers", "liars", "silence"}),
                )
            ]
            if lines
            else []
        ),
        as_json=as_json,
    )


def _printing(bounds: "Bounds") -> str:
    return (
        f"sign any value without an honest node; {bounds.attesters} with s = f+1, "
        f"{bounds.prepares} with s = p"
    )
