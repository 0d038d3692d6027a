"""What nodes of both kinds need beside the chain: quotes, peers, a journal. Nothing is changed."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.fetch.quote_store import QuoteStore
from oracle.node.quote_source import SourceConfig
from oracle.node.recording import history_of
from oracle.node.settings import ChainSettings
from pargrade.chain.json_text import parse_json
from pargrade.check.result import CheckResult
from pargrade.check.storage import check_file, check_space
from pargrade.clock import HOUR_S
from pargrade.database import Schema
from pargrade.journal.lock import lock_folder
from pargrade.journal.refusals import JournalInUse

_STALE_S: Final = 24 * HOUR_S


class QuotedNode(SourceConfig, Protocol):
    """What a configuration says of quotes and of their time."""

    @property
    def replay_offset_s(self) -> int:
        """Slot time less recorded time."""
        ...


def check_quotes(config: QuotedNode, mend: str) -> Iterator[CheckResult]:
    """How old the recording is, or the last good answer of each venue; `mend` is for the latter.

    Raises SourceDown, SourceMalformed, DatabaseDown.
    """
    if config.live.venues:
        yield from _check_venues(config, mend)
        return
    newest = int(history_of(config.sample).times[-1])
    subject = f"quotes {config.sample.name}"
    if config.replay_offset_s:
        yield CheckResult.ok(subject, "replayed, so their age says nothing")
        return
    age_s = int(time.time()) - newest
    found = f"the newest is {age_s // HOUR_S} hours old"
    if age_s > _STALE_S:
        yield CheckResult.warning(
            subject, found, "Fetch newer ones, or replay: init with --sample."
        )
    else:
        yield CheckResult.ok(subject, found)


def _check_venues(config: QuotedNode, mend: str) -> Iterator[CheckResult]:
    with closing(QuoteStore(config.data)) as store:
        records = [store.read_venue(slug) for slug in config.live.venues]
    now = int(time.time())
    for record in records:
        subject = f"venue {record.venue}"
        if record.last_success is None:
            found = record.reason or "it has not been asked yet"
            yield CheckResult.warning(subject, found, mend)
        elif now - record.last_success > _STALE_S:
            hours = (now - record.last_success) // HOUR_S
            found = f"its last good answer is {hours} hours old: {record.reason}"
            yield CheckResult.warning(subject, found, mend)
        else:
            yield CheckResult.ok(subject, f"{record.quotes} quotes in its last good answer")


def check_peer(chain: ChainSettings, url: str, answer_s: float) -> Iterator[CheckResult]:
    """Whether another node answers in so many seconds, is of the same index, and is well."""
    subject = f"peer {url}"
    try:
        response = PeerClient(url, answer_s).get("/health")
        stated: Any = parse_json(response.body)
    except NoAnswer as failure:
        yield CheckResult.wrong(subject, failure.reason, failure.hint)
        return
    except ValueError:
        yield CheckResult.wrong(subject, "its answer is no JSON", "Look whether a node runs there.")
        return
    stated = stated if isinstance(stated, dict) else {}
    ours = (chain.id, chain.spot_index)
    theirs = (stated.get("chain_id"), stated.get("spot_index"))
    if theirs != ours:
        found = f"it reports to {theirs[1]} on chain {theirs[0]}"
        yield CheckResult.wrong(subject, found, "Name the peers of this index.")
    elif stated.get("ok") is not True:
        mend = "Its operator has to look; rounds go on while a quorum is well."
        yield CheckResult.warning(subject, f"it is not well: {stated.get('problems')}", mend)
    else:
        yield CheckResult.ok(subject, "reachable, well, same chain and index")


def check_journal(path: Path, schema: Schema, command: str) -> Iterator[CheckResult]:
    """A journal, its lock and its disk. `command` is the one whose words restore and make it."""
    restore = f"{command} restore"
    if not path.is_file():
        mend = f"Bring a backup back with `{restore}`, or make one with `{command} new-journal`."
        yield CheckResult.wrong(f"journal {path}", "there is none", mend)
        return
    yield from check_file(path, schema, restore)
    try:
        with closing(lock_folder(path)):
            yield CheckResult.ok("lock", "free: no node runs on this journal")
    except JournalInUse as in_use:
        yield CheckResult.ok("lock", f"process {in_use.pid} runs on this journal")
    yield check_space(path.parent)
