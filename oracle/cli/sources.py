"""`pargrade oracle sources` and `oracle record`: how venues answer, and what they answered."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from oracle.cli.options import NodeFile
from pargrade.cli.toolkit.options import AsJson, out_folder_option
from pargrade.cli.toolkit.output import Table, report
from pargrade.clock import HOUR_S


def sources(
    config: NodeFile,
    accept: Annotated[
        str,
        typer.Option(
            metavar="VENUE", help="Take the next answer of a venue that drifted as it is."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the venues that a node asks: last success, age, canary, failures, and their terms.

    The canary is what the fields of an answer held when it was last good, and what it cost. An
    answer that differs from it is kept out, and its venue is `drifted`, until somebody has looked
    (`oracle record` keeps the answer) and says --accept. A node that runs needs no restart.
    """
    from contextlib import closing

    from oracle.fetch.collector import pause_after
    from oracle.fetch.quote_store import QuoteStore
    from oracle.fetch.venue_record import FetchOutcome
    from oracle.node.config import NodeConfig
    from oracle.sources.venue import load_venues
    from pargrade.settings import BadConfig

    node, now = NodeConfig.read_file(config), int(time.time())
    if not node.live.venues:
        raise BadConfig(config, "the node asks no venues", "Name some as `venues` under `[live]`.")
    if accept and accept not in node.live.venues:
        hint = f"It asks {', '.join(node.live.venues)}."
        raise BadConfig(config, f"the node does not ask {accept!r}", hint)
    table = load_venues()
    with closing(QuoteStore(node.data)) as store:
        if accept:
            store.note(accept, now, FetchOutcome.ACCEPTED, "accepted by the operator")
        records = [store.read_venue(slug) for slug in node.live.venues]
    found: list[dict[str, Any]] = []
    for record in records:
        feed = table[record.venue].feed
        assert feed is not None  # the settings refuse a venue without one
        asked, good = record.asked_at, record.last_success
        found.append(
            {
                "venue": record.venue,
                "state": "not asked yet" if record.outcome is None else record.outcome.value,
                "reason": record.reason,
                "last_asked": asked,
                "last_success": good,
                "age_s": None if good is None else now - good,
                "next_s": None
                if asked is None
                else max(0, asked + pause_after(record, node.live.interval_s) - now),
                "failures": record.failures,
                "missed": record.missed,
                "quotes": record.quotes,
                "omitted": record.omitted,
                "refused": record.refused,
                "canary_fields": None if record.canary is None else len(record.canary.fields),
                "canary_prices": None if record.canary is None else len(record.canary.prices8),
                "terms": feed.terms.value,
                "attribution": feed.attribution,
            }
        )
    good_now = sum(each["state"] == "good" for each in found)
    report(
        found,
        Table(
            ("venue", "state", "age", "quotes", "failures", "missed", "canary", "terms"),
            [
                (
                    each["venue"],
                    each["state"],
                    _age(each["age_s"]),
                    each["quotes"],
                    each["failures"],
                    each["missed"],
                    "none"
                    if each["canary_fields"] is None
                    else f"{each['canary_fields']} fields, {each['canary_prices']} prices",
                    each["terms"],
                )
                for each in found
            ],
            numbers=frozenset({"quotes", "failures", "missed"}),
        ),
        *(f"{each['venue']}: {each['reason']}" for each in found if each["reason"]),
        f"{good_now} of {len(found)} venues answered well when they were last asked",
        as_json=as_json,
    )


def record(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="Slug of a live venue.")],
    out: Annotated[Path, out_folder_option()] = Path("answers"),
    enable: Annotated[
        bool,
        typer.Option("--enable", help="Allow it: live venues are off until someone says so."),
    ] = False,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Endpoint.", show_default="the venue table's")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Keep what a venue answers right now, byte for byte, with a note of where and when.

    An answer that cannot be read is kept as well, and the reason is said: it is what a new mapping
    is written from. `oracle fetch VENUE --saved FILE` reads an answer again. The venue's key is in
    neither file.
    """
    from oracle.fetch.fetch import fetch
    from oracle.fetch.recorder import AnswerFolder
    from oracle.sources.errors import SourceError
    from oracle.sources.venue import load_venues

    table, now = load_venues(), int(time.time())
    asked = table[venue].asked_at(url, enabled=table[venue].enabled or enable)
    folder, problem, quotes = AnswerFolder(out, venue, now), "", 0
    try:
        quotes = len(fetch(asked, table, now, os.environ, record=folder).quotes)
    except SourceError as failure:
        if not folder.written:
            raise
        problem = str(failure)
    report(
        {"files": [str(path) for path in folder.written], "quotes": quotes, "problem": problem},
        *(str(path) for path in folder.written),
        f"{quotes} quotes in {len(folder.written)} answers" + (f"; {problem}" if problem else ""),
        as_json=as_json,
    )


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "never"
    return f"{seconds // HOUR_S} h {seconds % HOUR_S // 60} min"
