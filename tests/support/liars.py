"""Reporters that sign two contents for one slot, and the calls that prove it."""

from dataclasses import replace

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.keys import Key
from pargrade.spot_index.equivocation import equivocation
from pargrade.spot_index.observation import Observation, index_domain, sign


def lie(index: SpotIndex, key: Key, epoch: int, slot: int) -> Call[None]:
    """The proof that the reporter of a key signed two values for a slot of an epoch."""
    honest = Observation(
        index_set=index.index_set(block=Tag.LATEST),
        epoch=epoch,
        slot=slot,
        flags=0,
        values=(1,),
        method_hash=index.reporter_config(block=Tag.LATEST).method_hash,
        evidence_root=bytes(32),
    )
    other = replace(honest, values=(2,))
    domain = index_domain(index.chain.chain_id, index.address)
    proof = equivocation(domain, sign(honest, domain, key), sign(other, domain, key))
    return index.prove_equivocation(proof.reporter, epoch, slot, proof.a, proof.b)
