"""`pargrade demo`."""

import json
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, out_folder_option
from pargrade.cli.toolkit.output import progress, report

app = new_app()

_FOLDER: Final = Path("build/demo")


@app.command(epilog="Example: pargrade demo --keep")
def demo(
    out: Annotated[Path, out_folder_option()] = _FOLDER,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the chain and the nodes until Ctrl-C.")
    ] = False,
    chains: Annotated[
        bool, typer.Option("--chains", help="Run over two chains, with a bridge between them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the main job on a chain of its own: a whole delivery month, from quotes to payouts.

    Five committee nodes agree on one report after another from recorded quotes; one's source is
    corrupted, another dies, and no digit of the index changes. Networks wrap their tokens, teams
    buy futures, the keeper settles. Writes summary.json, explanations.json, index.png and the
    services' logs; what was in the folder before is replaced.

    With --chains: units wrapped on one chain are carried to another, traded and settled there, and
    carried back. Writes summary.json and the services' logs.
    """
    from pargrade.demo.services import start_nodes
    from pargrade.extras import require_extra

    require_extra("devnet")
    started = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if chains:
        _play_on_chains(out, started, keep=keep, as_json=as_json)
        return
    with start_nodes(out.resolve()) as nodes, ExitStack() as running:
        # Not before the nodes, which have as much to import.
        from pargrade.demo.cast import NAMES
        from pargrade.demo.story import play
        from pargrade.demo.table import tables

        performance = play(out.resolve(), running, nodes, progress, _Meter().landed)
        if keep:
            performance.summary["rpc_url"] = performance.rpc_url
        summary = out / "summary.json"
        summary.write_text(json.dumps(performance.summary, indent=2) + "\n")
        explained = json.dumps(performance.explanations, indent=1)
        (out / "explanations.json").write_text(explained + "\n")
        # Not before there is something to draw: Matplotlib takes long to import.
        from pargrade.demo.plot import draw

        picture = out / "index.png"
        draw(picture, performance.summary, performance.rounds, NAMES)
        report(
            performance.summary,
            *tables(performance),
            f"{picture} and {summary} written; {time.monotonic() - started:.0f} s in all.",
            as_json=as_json,
        )
        if keep:
            progress(
                f"The chain is at {performance.rpc_url}, its deployment in {out}/deployment.json."
            )
            progress("Ctrl-C ends it.")
            while True:
                time.sleep(1)


def _play_on_chains(out: Path, started: float, *, keep: bool, as_json: bool) -> None:
    from pargrade.demo.chains.story import play_on_chains
    from pargrade.demo.chains.summary import tables

    with ExitStack() as running:
        found = play_on_chains(out.resolve(), running, progress)
        summary = out / "summary.json"
        summary.write_text(json.dumps(found, indent=2) + "\n")
        took = f"{summary} written; {time.monotonic() - started:.0f} s in all."
        report(found, *tables(found), took, as_json=as_json)
        if keep:
            progress(f"The chains are in {out}/route.toml. Ctrl-C ends them.")
            while True:
                time.sleep(1)


class _Meter:
    """Progress on stderr, one line every tenth of the way."""

    def __init__(self) -> None:
        self._tenth = 0

    def landed(self, count: int, of: int) -> None:
        """Hears of every round."""
        if count * 10 // of > self._tenth:
            self._tenth = count * 10 // of
            progress(f"  {count} of {of} rounds")
