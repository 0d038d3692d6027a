"""Every endpoint of a chain alone, and this machine's clock against the chain's."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from pargrade.chain.block import BlockStamp
from pargrade.chain.development import is_development
from pargrade.chain.errors import ChainError
from pargrade.chain.rpc import Chain
from pargrade.check.result import CheckResult

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
) -> list[CheckResult]:
    """A finding for every URL, and one about the clock. `now` is this machine's, unix seconds.

    Without a chain id, the first endpoint that answers says which chain it is.
    """
    findings: list[CheckResult] = []
    seen: list[_Seen] = []
    for number, url in enumerate(urls, 1):
        subject = f"endpoint {number}"
        try:
            with closing(Chain.connect(url, expected=chain_id, timeout=timeout)) as chain:
                chain_id = chain.chain_id
                shown = chain.endpoint
                seen.append(_Seen(f"{subject} {shown}", shown, chain.head()))
        except ChainError as failure:
            findings.append(CheckResult.wrong(subject, str(failure), failure.hint))
    if not seen:
        return findings
    # Blocks of a development chain come when somebody acts, at times that somebody sets.
    is_still = chain_id is not None and is_development(chain_id)
    highest = max(each.head.number for each in seen)
    findings += [_judge_head(each, highest, now, is_still) for each in seen]
    findings += _judge_number(urls, seen)
    newest = max(each.head.timestamp for each in seen)
    return [*findings, *_judge_clock(newest, now, is_still)]


def _judge_head(seen: _Seen, highest: int, now: float, is_still: bool) -> CheckResult:
    head, lag = seen.head, highest - seen.head.number
    age_s = int(now - head.timestamp)
    found = f"block {head.number}, {age_s} s old, {lag} blocks behind"
    if lag > _MOST_LAG:
        return CheckResult.wrong(seen.subject, found, "Let it catch up, or name another endpoint.")
    if age_s > _OLDEST_HEAD_S and not is_still:
        mend = "Its node stands still: look at its peers, or name another endpoint."
        return CheckResult.wrong(seen.subject, found, mend)
    return CheckResult.ok(seen.subject, found)


def _judge_number(urls: Sequence[str], seen: Sequence[_Seen]) -> Iterator[CheckResult]:
    if len(urls) == 1 and seen:
        mend = "Name a second one of an independent operator: one alone is believed in everything."
        yield CheckResult.warning("endpoints", "there is only one", mend)
    if len({each.endpoint for each in seen}) < len(seen):
        mend = "Name endpoints of independent operators: one failure takes both."
        yield CheckResult.warning("endpoints", "two are of one host", mend)


def _judge_clock(newest: int, now: float, is_still: bool) -> Iterator[CheckResult]:
    ahead_s = int(newest - now)
    if is_still:
        yield CheckResult.ok("clock", "a development chain sets its own time")
    elif ahead_s > _MOST_AHEAD_S:
        found = f"this machine is {ahead_s} s behind the newest block"
        yield CheckResult.wrong("clock", found, "Set the clock: turn NTP on.")
    else:
        yield CheckResult.ok(
            "clock", f"the newest block is {-ahead_s} s old by this machine's clock"
        )
