"""A committee whose report is on a real chain, with its input set in a member's store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oracle.epochs.history import read_epochs
from oracle.index.method import load_method
from oracle.manipulation.committee.lies import scale
from oracle.protocol.batch.table import Table
from oracle.protocol.committee.bounds import bounds_of_set
from oracle.protocol.machine.machine import Machine, View
from oracle.protocol.machine.outputs import Send
from oracle.protocol.machine.promises import PromiseRecord, Promises
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.input_store import InputStore
from oracle.quotes.history import History
from oracle.sources.recorded import load_recording
from oracle.sources.venue import load_venues
from oracle.valuation.index_valuation import IndexValuation
from oracle.valuation.lists import table_of
from oracle.valuation.memory import make_memory
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S, midnight_of
from pargrade.data.files import SAMPLE
from pargrade.deployment.deployer import deploy
from pargrade.deployment.file import Deployment
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.plan import Plan, Reporters, default_quorum
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.quorum import IndexVersion
from pargrade.spot_index.submission import pack_submission
from tests.support.members import BEGIN, write_configs

NAMES = ("SCU / USD",)
KEYS = devnet_keys()[:5]
LIAR = 3
SLOT = BEGIN + 3_600
"""Its lists are those of the recording; one liar states every price a tenth higher."""
OF_ALL = "lambda/cherielilili"
ALONE = "lambda/elsewhere"
"""A list that the liar alone has."""


@dataclass
class LandedRound:
    """What there is after the round."""

    devnet: Devnet
    deployment: Deployment
    path: Path
    """Of the deployment file."""
    stored: StoredCommittee
    folder: Path
    """Configurations and data of the members."""
    records: list[tuple[int, PromiseRecord]] = field(default_factory=list)
    """Everything promised, by position."""

    @property
    def index(self) -> IndexOnChain:
        return IndexOnChain(self.deployment.address("SpotIndex"), NAMES, self.deployment.block)

    @property
    def options(self) -> tuple[str, ...]:
        return ("--rpc-url", self.devnet.url, "--deployment", str(self.path))


@contextmanager
def landed_round(folder: Path) -> Iterator[LandedRound]:
    """A chain with one report of five members, of whom one lies; the first keeps the input set."""
    method = load_method()
    with Devnet(genesis=SLOT - 600) as devnet:
        wallet = Wallet(devnet.chain, KEYS[0])
        addresses = tuple(key.address for key in KEYS)
        me = addresses[0]
        version = IndexVersion.COMMON_REPORT
        signatures = default_quorum(len(addresses), version)
        reporters = Reporters(addresses, signatures, method.method_hash, version)
        plan = Plan(reporters, curators=(me,), guardians=(me,), indices=NAMES, replayed=True)
        deployment = deploy(wallet, plan)
        path = folder / "deployment.json"
        deployment.write(path)
        devnet.chain.next_block_at(SLOT)
        devnet.chain.mine()
        index = IndexOnChain(deployment.address("SpotIndex"), NAMES, deployment.block)
        stored = read_epochs(devnet.chain, index).committee(1)
        assert stored.committee.bounds == bounds_of_set(5, signatures)
        nodes = folder / "members"
        nodes.mkdir()
        found = LandedRound(devnet, deployment, path, stored, nodes)
        chain = {
            "id": devnet.chain.chain_id,
            "rpc": [devnet.url],
            "spot_index": index.address,
            "indices": list(NAMES),
            "first_block": deployment.block,
        }
        write_configs(nodes, 5, chain=chain)
        _run(found, method, wallet)
        yield found


def _run(found: LandedRound, method: Any, wallet: Wallet) -> None:
    quotes = load_recording(SAMPLE, load_venues()).quotes
    history = History.of(quotes)
    memory = make_memory(method, history, None, {}, midnight_of(SLOT))
    honest = table_of(history, SLOT - DAY_S, SLOT)
    machines = [_machine(found.stored, position, memory) for position in range(5)]
    waiting: list[tuple[int, int, bytes]] = []

    def work(position: int, outputs: list[Any]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                waiting.extend((to, position, output.raw) for to in output.to)
            elif isinstance(output, PromiseRecord):
                found.records.append((position, output))

    for position, each in enumerate(machines):
        work(position, each.tick(float(SLOT), View(_table(position, honest), 0)))
    while waiting:
        to, sender, raw = waiting.pop(0)
        work(to, machines[to].receive(sender, raw, float(SLOT)))
    [agreed] = machines[0].agreements()
    report = agreed.report
    # The first value moves from nothing: it needs a wide quorum.
    signatures = {vote.position: vote.signature for vote in agreed.reports}
    packed = pack_submission(
        report.slot, report.flags, report.figures, report.input_root, signatures
    )
    contract = SpotIndexV2(found.devnet.chain, found.index.address)
    wallet.send(contract.submit(packed), gas=900_000)
    keep_round(machines[0], found.stored, found.folder / "member-1")


def keep_round(machine: Machine, stored: StoredCommittee, folder: Path) -> None:
    """What a member keeps of its agreed slots."""
    store = InputStore(folder)
    store.keep_committee(stored)
    for agreed in machine.agreements():
        kept = machine.input_set(agreed.report.slot, agreed.digest)
        assert kept is not None
        store.keep(kept)
        store.keep_agreement(stored.committee.epoch, agreed)
    store.close()


def _table(position: int, honest: Table) -> Table:
    if position != LIAR:
        return honest
    lies = scale(11, 10)(honest, None, SLOT)  # type: ignore[arg-type]
    return {**lies, ALONE: lies[OF_ALL]}


def _machine(stored: StoredCommittee, position: int, memory: Any) -> Machine:
    signatory = KeySignatory(KEYS[position], stored.members)
    return Machine(stored.committee, position, signatory, IndexValuation(memory), Promises())
