"""A dry run of one slot: everything but signing and sending."""

from dataclasses import dataclass

from oracle.consensus.chain_state import ChainState, ChainStateReader
from oracle.consensus.slot import Cause, due, require_open, slot_at
from oracle.index.determination import Determination, determine
from oracle.index.method import load_method
from oracle.node.config import NodeConfig
from oracle.node.quote_source import open_source
from pargrade.chain.endpoints import Endpoints


@dataclass(frozen=True, slots=True)
class DryRun:
    """A determination, and whether a round would be due."""

    slot: int
    chain_state: ChainState
    determination: Determination
    cause: Cause | None
    """Why a round is due, None when it is not."""
    places_before: int | None
    """How many reporters have their turn first; None for a node that is not a reporter."""


def dry_run_slot(config: NodeConfig, slot: int | None) -> DryRun:
    """Compute a slot without a key, by default the slot at the head of the chain.

    Raises RpcDown, WrongChain, WrongIndexSet, NoReporters, SlotRefused and errors of the source.
    """
    timeout = config.pace.rpc_timeout_ms / 1000
    endpoints = Endpoints(config.chain.rpc, config.chain.id, timeout)
    chain_state = ChainStateReader(endpoints, config.chain.index).read()
    head = chain_state.head.timestamp
    slot = slot_at(head, chain_state.timing) if slot is None else slot
    require_open(slot, head, chain_state.timing)
    source = open_source(config, load_method())
    determination = determine(source.chain(), slot - config.replay_offset_s)
    value = determination.value.to_json() if determination.value.reportable else {}
    values = (int(value.get("value8", 0)),)
    return DryRun(
        slot=slot,
        chain_state=chain_state,
        determination=determination,
        cause=due(slot, chain_state.last, values, chain_state.timing),
        places_before=chain_state.places_before(config.reporter),
    )
