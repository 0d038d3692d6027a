"""What has to hold in every run, seen from outside: all bytes sent, all rounds landed."""

from collections import defaultdict

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root, Roots
from oracle.protocol.batch.section import read_section, section_name
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.attested import LineName, price_lines
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.line_price import LineValue
from oracle.simulation.market import Market, is_plain_list, value_lines
from oracle.simulation.scenario import GRID_S, HEARTBEAT_S, Scenario

LATE_S = 15
"""Beyond f+1 slots."""


class Checks:
    """Everything seen of a run, and what was broken."""

    def __init__(self, scenario: Scenario, committee: Committee, market: Market) -> None:
        self.broken: list[str] = []
        self._scenario = scenario
        self._committee = committee
        self._market = market
        self._honest = frozenset(scenario.honest)
        self._votes: dict[tuple[MessageKind, int], dict[bytes, set[int]]] = defaultdict(dict)
        self._own: dict[tuple[MessageKind, int, int], bytes] = {}
        self._inputs: dict[bytes, Roots] = {}
        self._manifests: dict[Root, Manifest] = {}
        self._sections: dict[bytes, bytes] = {}
        self.last_slot = 0
        self._reorged_at = 0.0
        self.seconds: list[float] = []
        """From the opening of a slot to its round, per round."""
        self.blocks: list[int] = []

    def see(self, envelope: Envelope) -> None:
        """A message that a node sent; signatures are genuine when they verify."""
        content, position = envelope.signed.content, envelope.signed.position
        kind, slot = envelope.kind, content.slot
        if isinstance(content, Manifest):
            self._manifests[Root(position, content.root)] = content
            self._sections.update((section_name(raw), raw) for raw in envelope.sections)
        if envelope.proposal is not None:
            self._see_proposal(envelope.proposal.content)
        if isinstance(content, InputProposal):
            self._see_proposal(content)
        if kind in (
            MessageKind.BATCH,
            MessageKind.PROPOSAL,
            MessageKind.PREPARE,
            MessageKind.REPORT,
        ):
            digest = content.report if isinstance(content, PrepareVote) else envelope.signed.digest
            self._hold_to(kind, slot, position, digest)

    def see_landing(self, report: CommonReport, now: float) -> None:
        """A round that the chain recorded."""
        committee, slot = self._committee, report.slot
        if not committee.is_usable(slot, now):
            self.broken.append(f"slot {slot} landed when it was not usable any more")
        self.require_timely(now)
        if slot > self._scenario.healed_at:
            self.seconds.append(now - slot)
            self.blocks.append(int(now - slot))
        self.last_slot = slot
        inputs = self._inputs.get(report.input_root)
        if inputs is None:
            self.broken.append(f"slot {slot} rests on inputs that nobody proposed")
            return
        self._check_values(report, inputs)
        if self._scenario.is_calm and slot >= self._scenario.healed_at + GRID_S:
            self._check_inclusion(slot, inputs)

    def see_reorg(self, last_slot: int, now: float) -> None:
        """The chain is back at an earlier round: what was due then is due from now on."""
        self.last_slot = last_slot
        self._reorged_at = now

    def require_timely(self, now: float) -> None:
        """Once healed a due slot lands within f+1 slots and 15 s."""
        healed = self._scenario.healed_at
        since = max(healed, self._reorged_at)
        due = max(self.last_slot + HEARTBEAT_S, self._committee.slot_at(since) + GRID_S)
        latest = due + (self._scenario.bounds.liars + 1) * GRID_S + LATE_S
        if now > latest:
            self.broken.append(f"nothing landed until {latest}, due at {due}")

    def _see_proposal(self, proposal: InputProposal) -> None:
        self._inputs[proposal.input_root] = proposal.inputs

    def _hold_to(self, kind: MessageKind, slot: int, position: int, digest: bytes) -> None:
        if position in self._honest:
            kept = self._own.setdefault((kind, slot, position), digest)
            if kept != digest:
                self.broken.append(f"honest {position} signed two of {kind.name} for {slot}")
        needed = {
            MessageKind.PREPARE: self._committee.bounds.prepares,
            MessageKind.REPORT: self._committee.bounds.signatures,
        }.get(kind)
        if needed is None:
            return
        votes = self._votes[kind, slot]
        votes.setdefault(digest, set()).add(position)
        if sum(len(who) >= needed for who in votes.values()) > 1:
            self.broken.append(f"two digests of {kind.name} are certified for {slot}")

    def _check_inclusion(self, slot: int, inputs: Roots) -> None:
        for position in self._honest - self._scenario.dead:
            root = self._own.get((MessageKind.BATCH, slot, position))
            if root is None:
                continue
            if position not in {each.position for each in inputs}:
                self.broken.append(f"the batch of honest {position} is not in {slot}")

    def _check_values(self, report: CommonReport, inputs: Roots) -> None:
        shelf = Shelf()
        manifests = []
        for root in inputs:
            manifest = self._manifests[root]
            manifests.append(manifest)
            sections = [self._sections[entry.section] for entry in manifest.entries]
            shelf.put(root.position, manifest, sections)
        lines = price_lines(manifests, shelf, self._committee.bounds)
        if value_lines(lines, report.slot) != report.figures:
            self.broken.append(f"the values of {report.slot} do not follow from its inputs")
        seen = self._honest_prices(inputs)
        for name, value in lines.items():
            self._check_line(report.slot, name, value, seen.get(name, []))

    def _honest_prices(self, inputs: Roots) -> dict[LineName, list[tuple[int, int]]]:
        """Price and stamp of each line that honest batches of a set have."""
        found: dict[LineName, list[tuple[int, int]]] = defaultdict(list)
        for root in inputs:
            if root.position not in self._honest:
                continue
            for provider, fetched_at, name in self._manifests[root].entries:
                for line, price8, _ in read_section(self._sections[name]):
                    found[LineName(provider, line)].append((price8, fetched_at))
        return found

    def _check_line(
        self, slot: int, name: LineName, value: LineValue, seen: list[tuple[int, int]]
    ) -> None:
        prices = [price8 for price8, _ in seen]
        if not prices or not min(prices) <= value.price8 <= max(prices):
            self.broken.append(f"{name} of {slot} was seen by no honest node")
        if not is_plain_list(name):
            return
        version = self._market.version_at(name.provider, slot)
        since = self._market.version_since(name.provider, version)
        current = {price8 for price8, fetched_at in seen if fetched_at >= since}
        refetched = sum(fetched_at >= since for _, fetched_at in seen)
        if refetched > self._committee.bounds.liars and value.price8 not in current:
            self.broken.append(f"{name} of {slot} is still the price of before {since}")
