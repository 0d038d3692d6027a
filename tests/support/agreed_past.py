"""A past of many days for members of one committee: rounds that landed, and their input sets."""

from functools import cache

from oracle.node.recording import history_of
from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.section import section_name
from oracle.protocol.batch.table import Table
from oracle.protocol.prepare.votes import Certificate
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.input_set import Agreement, InputSet
from oracle.protocol.report.valuation import Figure
from oracle.protocol.transmission.landing import Landing
from oracle.protocol.wire.content import digest_of, sign_content
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.valuation.lists import table_of
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.devnet.anvil import devnet_keys
from tests.support.members import BEGIN

FIGURE = Figure(250_000_000, 1_000, 4)


@cache
def some_lists(count: int = 5) -> Table:
    """The shortest lists of the shipped recording with a line or more."""
    whole = table_of(history_of(SAMPLE), BEGIN - DAY_S, BEGIN)
    by_length = sorted(whole, key=lambda name: (len(whole[name].section), name))
    return {name: whole[name] for name in by_length[:count]}


def agreed_set(stored: StoredCommittee, slot: int, table: Table | None = None) -> InputSet:
    """The set of a slot in which all but f members have seen these lists 5 s before."""
    committee, members = stored.committee, stored.members
    lists = some_lists() if table is None else table
    bodies = {section_name(each.section): each.section for each in lists.values()}
    entries = [
        ListedSection(name, slot - 5, section_name(each.section))
        for name, each in sorted(lists.items())
    ]
    manifest = Manifest(slot, tuple(entries))
    keys = devnet_keys()
    signs = [
        KeySignatory(keys[place], members)
        for place in range(committee.bounds.nodes - committee.bounds.liars)
    ]
    batches = tuple(
        sign_content(manifest, committee, place, each) for place, each in enumerate(signs)
    )
    roots = tuple(Root(each.position, each.content.root) for each in batches)
    proposal = sign_content(InputProposal(slot, roots), committee, 0, signs[0])
    return InputSet(committee.epoch, proposal, batches, bodies)


def agreement_on(stored: StoredCommittee, found: InputSet) -> Agreement:
    """An agreed report over a set, whose votes nobody asks for any more."""
    committee = stored.committee
    report = CommonReport(found.slot, committee.flags, (FIGURE,), found.root)
    return Agreement(report, digest_of(report, committee), (), ())


def landing_on(stored: StoredCommittee, found: InputSet) -> Landing:
    """Its landing."""
    agreed = agreement_on(stored, found)
    return Landing(agreed.report, Certificate(agreed.digest, ()))
