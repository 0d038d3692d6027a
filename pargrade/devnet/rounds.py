"""Rounds of a development chain, signed by its well-known reporters without any node."""

from collections.abc import Iterable
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import KEEPER, REPORTERS
from pargrade.devnet.anvil import DevChain
from pargrade.spot_index.common_report import ReportTerms, common_domain, report_digest
from pargrade.spot_index.observation import Observation, index_domain, sign
from pargrade.spot_index.quorum import IndexVersion
from pargrade.spot_index.report import Part, Report
from pargrade.spot_index.submission import pack_submission
from pargrade.units import Price

_NO_EVIDENCE: Final = bytes(32)
_GAS: Final = 500_000


def record_rounds(session: Session, chain: DevChain, slots: Iterable[int], value: Price) -> None:
    """Moves the chain to each slot and records a round there, on which every reporter agrees.

    Slots are Unix seconds, ascending, after the head and on the index's grid; `value` is USD per
    SCU. Every index of the deployment gets the same value. Raises the index's errors.
    """
    keeper = Wallet(chain, KEEPER.key)
    index = SpotIndex(chain, session.deployment.address("SpotIndex"))
    keys = {actor.address: actor.key for actor in REPORTERS}
    seats = [keys[a] for a in index.reporter_config(block=Tag.LATEST).reporters]
    for slot in slots:
        packed = _report(index, seats, slot, value)
        chain.next_block_at(slot)
        keeper.send(index.submit(packed), gas=_GAS)


def pass_finality(session: Session, chain: DevChain, instant: int) -> None:
    """Moves the chain to where no round at an instant can land any more: a window that ends there
    may settle. Unix seconds.
    """
    index = SpotIndex(chain, session.deployment.address("SpotIndex"))
    chain.advance(instant + index.timing(block=Tag.LATEST).max_age)


def _report(index: SpotIndex, seats: list[Key], slot: int, value: Price) -> bytes:
    """The packed report of a slot that all seats signed, as the index's version takes it."""
    if index.eip712_domain(block=Tag.LATEST).version == str(IndexVersion.COMMON_REPORT.value):
        return _common_report(index, seats, slot, value)
    config = index.reporter_config(block=Tag.LATEST)
    observation = Observation(
        index_set=index.index_set(block=Tag.LATEST),
        epoch=config.epoch,
        slot=slot,
        flags=0,
        values=(int(value),) * len(index.index_names(block=Tag.LATEST)),
        method_hash=config.method_hash,
        evidence_root=_NO_EVIDENCE,
    )
    domain = index_domain(index.chain.chain_id, index.address)
    signatures = [sign(observation, domain, key).signature.compact for key in seats]
    parts = tuple(
        Part(position, signature, _NO_EVIDENCE, observation.values)
        for position, signature in enumerate(signatures)
    )
    return Report.of(slot, 0, parts).pack()


def _common_report(index: SpotIndex, seats: list[Key], slot: int, value: Price) -> bytes:
    config = index.reporter_config(block=Tag.LATEST)
    flags = SpotIndexV2(index.chain, index.address).flags(block=Tag.LATEST)
    names = index.index_names(block=Tag.LATEST)
    figures = [(int(value), 0, len(seats))] * len(names)
    terms = ReportTerms(
        common_domain(index.chain.chain_id, index.address),
        index.index_set(block=Tag.LATEST),
        config.epoch,
        config.method_hash,
    )
    digest = report_digest(terms, slot, flags, figures, _NO_EVIDENCE)
    signatures = {place: key.sign(digest).compact for place, key in enumerate(seats)}
    return pack_submission(slot, flags, figures, _NO_EVIDENCE, signatures)
