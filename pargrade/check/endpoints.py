"""Every endpoint of a chain alone, and this machine's clock against the chain's."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import ChainError
from pargrade.chain.rpc import Chain
from pargrade.check.finding import Finding

DEVELOPMENT_CHAIN: Final = 31_337
"""Its blocks come when somebody acts, at times that somebody sets."""

_OLDEST_HEAD_S: Final = 120
"""The slowest public chains make a block every 15 s."""

_MOST_AHEAD_S: Final = 15
"""A head may be so far ahead of this clock: what consensus clients allow, and more."""

_MOST_LAG: Final = 5
"""Blocks behind the highest endpoint."""


@dataclass(frozen=True, slots=True)
class _Seen:
    subject: str
    endpoint: str
    head: BlockStamp


def check_endpoints(
    urls: Sequence[str], chain_id: int | None, timeout: float, now: float
) -> list[Finding]:
    """A finding for every URL, and one about the clock. `now` is this machine's, unix seconds.

    Without a chain id, the first endpoint that answers says which chain it is.
    """
    findings: list[Finding] = []
    seen: list[_Seen] = []
    for number, url in enumerate(urls, 1):
        subject = f"endpoint {number}"
        try:
            with closing(Chain.connect(url, expected=chain_id, timeout=timeout)) as chain:
                chain_id = chain.chain_id
                shown = chain.endpoint
                seen.append(_Seen(f"{subject} {shown}", shown, chain.head()))
        except ChainError as failure:
            findings.append(Finding.wrong(subject, str(failure), failure.hint))
    if not seen:
        return findings
    is_development = chain_id == DEVELOPMENT_CHAIN
    highest = max(each.head.number for each in seen)
    findings += [_judge_head(each, highest, now, is_development) for each in seen]
    findings += _judge_number(urls, seen)
    newest = max(each.head.timestamp for each in seen)
    return [*findings, *_judge_clock(newest, now, is_development)]


def _judge_head(seen: _Seen, highest: int, now: float, is_development: bool) -> Finding:
    head, lag = seen.head, highest - seen.head.number
    age_s = int(now - head.timestamp)
    found = f"block {head.number}, {age_s} s old, {lag} blocks behind"
    if lag > _MOST_LAG:
        return Finding.wrong(seen.subject, found, "Let it catch up, or name another endpoint.")
    if age_s > _OLDEST_HEAD_S and not is_development:
        mend = "Its node stands still: look at its peers, or name another endpoint."
        return Finding.wrong(seen.subject, found, mend)
    return Finding.ok(seen.subject, found)


def _judge_number(urls: Sequence[str], seen: Sequence[_Seen]) -> Iterator[Finding]:
    if len(urls) == 1 and seen:
        mend = "Name a second one of an independent operator: one alone is believed in everything."
        yield Finding.warning("endpoints", "there is only one", mend)
    if len({each.endpoint for each in seen}) < len(seen):
        mend = "Name endpoints of independent operators: one failure takes both."
        yield Finding.warning("endpoints", "two are of one host", mend)


def _judge_clock(newest: int, now: float, is_development: bool) -> Iterator[Finding]:
    ahead_s = int(newest - now)
    if is_development:
        yield Finding.ok("clock", "a development chain sets its own time")
    elif ahead_s > _MOST_AHEAD_S:
        found = f"this machine is {ahead_s} s behind the newest block"
        yield Finding.wrong("clock", found, "Set the clock: turn NTP on.")
    else:
        yield Finding.ok("clock", f"the newest block is {-ahead_s} s old by this machine's clock")
