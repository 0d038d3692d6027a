"""The figures of a committee node for Prometheus. Reading them asks nobody."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from oracle.member.deliveries import Deliveries
from oracle.member.member import CommitteeNode
from pargrade.metrics.families import counter, gauge, gauges, poll_figures


class MemberMetrics:
    """Reads what the parts of a node have counted."""

    def __init__(self, member: CommitteeNode) -> None:
        self._member = member

    def read(self) -> Iterator[Metric]:
        """All figures now."""
        member, seat = self._member, self._member.driver.seat
        lander, state = member.lander, member.watch.kept()
        yield gauge("committee_seated", "1 while the node takes part.", seat is not None)
        yield counter("committee_landed", "Reports that this node brought.", lander.landed)
        yield counter("committee_refused", "Reports the chain did not take.", lander.refused)
        yield counter("committee_landing_failures", "Failed landings.", lander.failed)
        yield counter("committee_chain_failures", "Failed looks at the chain.", self._failures())
        yield gauge("committee_lists", "Lists in the next batch.", len(member.driver.table))
        yield gauge(
            "committee_input_set_missing",
            "1 while the node lacks an input set that no peer gave.",
            member.recall.lacks_inputs,
        )
        archiving = member.archiving
        yield counter("committee_days_archived", "Days moved to the archive.", archiving.sealed)
        yield gauge(
            "committee_archive_failing",
            "1 while a finished day stays in the store.",
            bool(archiving.problem),
        )
        yield from poll_figures(member.watch.schedule.report())
        if state is not None:
            yield from member.ledger.figures(state.head.timestamp)
            yield gauge("head_age_seconds", "Since the head changed.", member.watch.head_age_s())
            yield gauge("head_block", "Number of the head.", state.head.number)
            age_s = state.head.timestamp - state.last_slot if state.last_slot else 0
            yield gauge("committee_slot_age_seconds", "Since the last round's slot.", age_s)
            heartbeat_s = state.stored.committee.heartbeat_s
            yield gauge("committee_heartbeat_seconds", "A round is due so often.", heartbeat_s)
        if seat is None:
            return
        yield counter("committee_ignored", "Messages that were refused.", seat.ignored)
        yield counter("committee_contradictions", "Proofs against a key.", seat.contradictions)
        senders = seat.deliveries.senders
        by_position = {each: seat.deliveries.is_reached(each) for each in senders}
        reached = 1 + sum(by_position.values())
        needed = seat.stored.committee.bounds.prepares
        yield gauge("committee_members_reached", "Members that take messages, with it.", reached)
        yield gauge("committee_members_needed", "Members that a round needs.", needed)
        yield gauges(
            "committee_peer_reached",
            "1 while a member takes messages.",
            "position",
            {str(each): float(is_reached) for each, is_reached in by_position.items()},
        )
        yield gauges(
            "committee_peer_sent_bytes",
            "Bytes of messages that a member took.",
            "position",
            {str(each): found.report.sent_bytes for each, found in senders.items()},
        )
        yield from _nats_figures(seat.deliveries)

    def _failures(self) -> int:
        return self._member.watch.failures


def _nats_figures(deliveries: Deliveries) -> Iterator[Metric]:
    """Nothing for a node whose messages go over HTTP alone."""
    link = deliveries.link
    if link is None:
        return
    reached = [each for each in deliveries.inbox.refused if link.reaches(each)]
    yield gauge("committee_nats_connected", "1 while a server is connected.", not link.problem)
    yield gauge("committee_nats_members_reached", "Members reached there.", len(reached))
    yield counter("committee_nats_sent", "Messages that the server took.", link.sent)
    yield counter("committee_nats_fallbacks", "Messages it did not take: by HTTP.", link.failed)
    yield counter("committee_nats_refused", "Messages on it of no member.", link.refused)
