"""The figures of a node for Prometheus. Reading them asks nobody: all was known before."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import Metric

from oracle.consensus.validation import RefusalReason
from oracle.index.determination import Determination
from oracle.index.screen import Screened
from oracle.node.node import Node
from oracle.node.tick import Held, Idle, Landed, Outcome, Overtaken, Waiting
from pargrade.chain.key_watch import KeyWatch
from pargrade.metrics.families import (
    counter,
    counters,
    endpoint_figures,
    fee_figures,
    gauge,
    gauges,
    key_figures,
    poll_figures,
)
from pargrade.process.schedule import ScheduleReport

_NAMES = {Landed: "landed", Overtaken: "overtaken", Held: "held"}
FAILED = "failed"


class NodeMetrics:
    """Counts what polls lead to. One thread counts, any may read."""

    def __init__(self, node: Node, polls: Callable[[], ScheduleReport]) -> None:
        """`polls` returns how punctual the node's polls are."""
        self._node = node
        self._polls = polls
        self.key = KeyWatch(node.reporter.address, node.endpoints.use)
        """The account that pays; whoever runs the node lets it watch."""
        self._rounds = Counter(dict.fromkeys((*_NAMES.values(), FAILED), 0))
        self._refusals = Counter({reason.value: 0 for reason in RefusalReason})
        self._ages: tuple[Determination | None, dict[str, int]] = (None, {})

    def note(self, outcome: Outcome) -> None:
        """Count what a tick led to."""
        if isinstance(outcome, Idle | Waiting):
            return
        self._rounds[_NAMES[type(outcome)]] += 1
        if isinstance(outcome, Held | Landed):
            self._refusals.update(refusal.reason.value for refusal in outcome.refusals)

    def note_failure(self) -> None:
        """Count a tick that an error stopped."""
        self._rounds[FAILED] += 1

    def read(self) -> Iterator[Metric]:
        """All figures now."""
        yield counters("oracle_rounds", "Ticks by what they led to.", "outcome", self._rounds)
        yield counters("oracle_peer_refusals", "Peers' answers left out.", "reason", self._refusals)
        yield counter(
            "oracle_contradictions",
            "Slots with two contents of one reporter.",
            self._node.witness.contradictions,
        )
        yield from self._chain_figures()
        yield from self._source_figures()
        yield from poll_figures(self._polls())
        yield from endpoint_figures(self._node.endpoints.report())
        yield from key_figures(self.key.report())

    def _chain_figures(self) -> Iterator[Metric]:
        state = self._node.chain_state_reader.kept()
        if state is None:
            return
        ages = self._node.chain_state_reader.ages()
        is_reporter = state.position(self._node.reporter.address) is not None
        yield gauge("head_age_seconds", "Since the head of the chain changed.", ages.head_s)
        yield gauge("head_block", "Number of the head.", state.head.number)
        transmitter = self._node.transmitter
        paid = transmitter.fees_of_the_day(state.head.timestamp)
        yield from fee_figures(paid, transmitter.fee_cap_per_day)
        yield gauge("oracle_reporter", "1 while this node is in the set.", is_reporter)
        yield gauge("oracle_heartbeat_seconds", "Heartbeat.", state.timing.heartbeat)
        if state.last_slot:
            # On a chain that stands still its own time does not run.
            age_s = max(state.head.timestamp - state.last_slot, ages.round_s)
            yield gauge("oracle_slot_age_seconds", "Since the slot of the last round.", age_s)

    def _source_figures(self) -> Iterator[Metric]:
        latest, state = self._node.reporter.latest, self._node.chain_state_reader.kept()
        if latest is None or state is None:
            return
        now = state.head.timestamp - self._node.reporter.replay_offset_s
        newest = self._newest_quotes(latest)
        yield gauge("oracle_reportable", "1 while there is a value.", latest.value.reportable)
        yield gauge("oracle_providers", "Providers with a quote that counts.", len(newest))
        yield gauges(
            "oracle_source_age_seconds",
            "Age of a provider's newest quote that counts, by chain time.",
            "provider",
            {provider: max(now - observed_at, 0) for provider, observed_at in newest.items()},
        )

    def _newest_quotes(self, latest: Determination) -> dict[str, int]:
        """When each provider was observed last, unix seconds; kept for each determination."""
        kept, newest = self._ages
        if kept is not latest:
            newest = _newest_by_provider(latest.screened)
            self._ages = latest, newest
        return newest


def _newest_by_provider(screened: Screened) -> dict[str, int]:
    columns, rows = screened.judged.columns, screened.counted
    observed_at = columns.observed_at[rows].tolist()
    newest: dict[str, int] = {}
    for provider, observed in zip(columns.provider.values(rows), observed_at, strict=True):
        newest[provider] = max(observed, newest.get(provider, 0))
    return newest
