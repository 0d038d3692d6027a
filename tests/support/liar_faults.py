"""Faults of reporters that lie or are jailed, each with its alert."""

import os
import signal
from contextlib import ExitStack
from typing import Final

from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.spot_index.equivocation import equivocation
from pargrade.spot_index.observation import Observation, SignedObservation, index_domain, sign
from tests.support.alert_faults import Fault, Watched
from tests.support.equivocator import equivocator
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, until
from tests.support.peer import peer, says

GARBLED: Final = 2
LIAR: Final = 3
JAILED: Final = 4


class Liars:
    """Who listens in place of nodes that were killed."""

    def __init__(self, net: Watched, open_: ExitStack) -> None:
        self._net = net
        self._open = open_

    def talk_garbage(self) -> None:
        port = self._free_port_of(GARBLED)
        self._open.enter_context(peer(says(b"garbage"), port))
        self._net.nodes.chain.advance(GENESIS + HOUR)

    def contradict_itself(self) -> None:
        port = self._free_port_of(LIAR)
        lies = equivocator(self._net.nodes.index, REPORTERS[LIAR], port, 231_000_000)
        self._open.enter_context(lies)
        self._net.nodes.chain.advance(GENESIS + 2 * HOUR)

    def _free_port_of(self, place: int) -> int:
        os.kill(self._net.pids[place], signal.SIGKILL)
        until(lambda: place not in self._net.pids, "free port")
        return self._net.nodes.configs[place].port


def jail(net: Watched) -> None:
    """Proves two contents of a reporter to the contract."""
    index, key = net.nodes.index, REPORTERS[JAILED]
    config = index.reporter_config(block=Tag.LATEST)
    index_set = index.index_set(block=Tag.LATEST)
    domain = index_domain(index.chain.chain_id, index.address)

    def content(value: int) -> SignedObservation:
        stated = Observation(
            index_set, config.epoch, GENESIS, 0, (value,), config.method_hash, bytes(32)
        )
        return sign(stated, domain, key)

    proof = equivocation(domain, content(1), content(2))
    call = index.prove_equivocation(proof.reporter, proof.epoch, proof.slot, proof.a, proof.b)
    Wallet(index.chain, KEYS[0]).send(call)


def liar_faults(net: Watched, open_: ExitStack) -> list[Fault]:
    """Of one reporter that lies and another that is jailed."""
    liars = Liars(net, open_)
    return [
        Fault("NotReporter", net.host(JAILED), lambda: jail(net)),
        Fault("PeerRefused", "", liars.talk_garbage),
        Fault("Equivocation", "", liars.contradict_itself),
    ]
