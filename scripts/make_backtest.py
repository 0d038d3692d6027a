#!/usr/bin/env python3
"""Write the figures and plots of docs/BACKTEST.md and docs/MANIPULATION.md.

    PARGRADE_HISTORY=<folder> python scripts/make_backtest.py            write
    PARGRADE_HISTORY=<folder> python scripts/make_backtest.py --check    compare; 1 if different
    PARGRADE_HISTORY=<folder> python scripts/make_backtest.py --committee   that part alone

Both documents are prose with generated blocks between markers. The figures behind the blocks are in
docs/figures/. The back-test and the study of committees need the full history; the other study
needs the sample that ships only, and is all that is done without the history. Figures are
aggregates: no quote is copied out of either.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from oracle.backtest import document as backtest_document
from oracle.backtest.figures import compute_figures
from oracle.backtest.run import Backtest, run_backtest, run_out_of_core
from oracle.backtest.versions import compare_versions
from oracle.cli.index_backtest import benchmark, history_file
from oracle.cli.plots.backtest import draw_backtest, draw_versions
from oracle.cli.plots.study import draw_study
from oracle.index.family import everyone, load_candidate, load_family
from oracle.index.method import METHOD, Method, load_method
from oracle.manipulation import document as study_document
from oracle.manipulation.committee import document as committee_document
from oracle.manipulation.committee.study import study_witnesses, to_json
from oracle.manipulation.providers import Scenario
from oracle.manipulation.study import run_study
from oracle.quotes.history import History
from oracle.simulation.leaders import study_leaders
from oracle.sources.history_file import Scan
from oracle.sources.recorded import instant, load_recording
from oracle.sources.venue import load_venues
from pargrade.cli.toolkit.output import progress
from pargrade.clock import DAY_S, HOUR_S
from pargrade.data.files import SAMPLE

DOCS: Final = Path(__file__).parents[1] / "docs"
FIGURES: Final = DOCS / "figures"
CANDIDATE: Final = METHOD.with_name("method-3.json")
Run = Callable[..., Backtest]

WINDOW: Final = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
LONG_WINDOW: Final = ("2026-04-14T00:00:00Z", "2026-05-09T00:00:00Z")


def run_history(
    methods: Sequence[Method] = load_family().methods, run: Run = run_backtest
) -> Backtest:
    """The family hourly over the full history, read by all independent providers."""
    venues = load_venues()
    source = Scan(history_file(), venues)
    span = source.span()
    if span is None:
        raise ValueError(f"there is no quote in {source.path}")
    instants = range(-(-span[0] // DAY_S) * DAY_S, span[1] + 1, HOUR_S)
    return run(source, methods, everyone(venues), instants, progress)


def run_candidate(indices: Sequence[str] | None = None) -> Backtest:
    """The same with the method that is in shadow; of all indices where none is named."""
    family = load_candidate(CANDIDATE)
    methods = family.methods if indices is None else [family[name] for name in indices]
    return run_history(methods, run_out_of_core)


def scenario() -> Scenario:
    """The window of the study: April 2026 of the sample that ships."""
    venues = load_venues()
    start, end = map(instant, WINDOW)
    quotes = load_recording(SAMPLE, venues).quotes
    return Scenario(quotes, load_method(), everyone(venues), start, end)


def study_committees() -> dict[str, Any]:
    """Liars among members by both methods, and leaders that lie in the simulator."""
    methods = {f"method {each.version}": each for each in (load_method(), load_in_shadow())}
    progress("leaders that lie")
    return {
        "witnesses": to_json(study_witnesses(long_scenario(), methods, progress=progress)),
        "leaders": study_leaders(),
    }


def long_scenario() -> Scenario:
    """The part of the full history at which the method in shadow has a whole window."""
    venues = load_venues()
    start, end = map(instant, LONG_WINDOW)
    quotes = History.of(Scan(history_file(), venues).read()).quotes
    return Scenario(quotes, load_method(), everyone(venues), start, end)


def load_in_shadow() -> Method:
    """The par index of the candidate."""
    return load_candidate(CANDIDATE)[load_method().index]


def json_text(stated: Mapping[str, Any]) -> str:
    """Figures as they are committed."""
    return json.dumps(stated, indent=1) + "\n"


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """A document with its blocks put between their markers. Raises ValueError without one."""
    for name, block in blocks.items():
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the document has no block {name!r}")
        text = before + begin + block + end + after
    return text


def page(name: str, stated: Mapping[str, Any]) -> str:
    """A document of docs/ as it is with these figures."""
    document = {"BACKTEST.md": backtest_document, "MANIPULATION.md": study_document}[name]
    return filled((DOCS / name).read_text(encoding="utf-8"), document.render_tables(stated))


def main() -> int:
    """Write or compare what can be computed here."""
    parser = argparse.ArgumentParser(description="Write the figures of the back-test documents.")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--committee", action="store_true", help="the committee's part alone")
    asked = parser.parse_args()
    check = asked.check
    files: dict[Path, str] = {}

    if history_file() == SAMPLE:
        committees = json.loads((FIGURES / "committee.json").read_text(encoding="utf-8"))
    else:
        committees = study_committees()
    blocks = committee_document.render_tables(committees)
    files[FIGURES / "committee.json"] = json_text(committees)
    if asked.committee:
        text = (DOCS / "MANIPULATION.md").read_text(encoding="utf-8")
        files[DOCS / "MANIPULATION.md"] = filled(text, blocks)
        return finish(files, check=check)

    studied = run_study(scenario(), progress=progress)
    files[FIGURES / "manipulation.json"] = json_text(studied)
    files[DOCS / "MANIPULATION.md"] = filled(page("MANIPULATION.md", studied), blocks)
    if not check:
        draw_study(DOCS / "img", studied)
    if history_file() != SAMPLE:
        found, candidate = run_history(), run_candidate()
        stated = compute_figures(found, benchmark())
        stated["candidate"] = compare_versions(candidate, found)
        files[FIGURES / "backtest.json"] = json_text(stated)
        files[DOCS / "BACKTEST.md"] = page("BACKTEST.md", stated)
        if not check:
            draw_backtest(DOCS / "img", found, stated)
            draw_versions(DOCS / "img", candidate, found)
    else:
        print("PARGRADE_HISTORY is not set: the back-test is left as it is.", file=sys.stderr)

    return finish(files, check=check)


def finish(files: Mapping[Path, str], *, check: bool) -> int:
    """Write the files, or say which differ; the exit code."""
    differing = [
        path for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]  # fmt: skip
    if check:
        print("\n".join(f"{path.name} differs" for path in differing) or "all figures hold")
        return 1 if differing else 0
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(files)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
