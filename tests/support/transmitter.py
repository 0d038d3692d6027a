"""An index of the second version on a chain, and who brings reports that its reporters signed."""

from typing import Final

from oracle.protocol.committee.bounds import Bounds, most_liars
from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import digest_of
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.published_method import published_method_hash
from pargrade.spot_index.quorum import IndexVersion
from pargrade.spot_index.submission import pack_submission
from tests.support.world import HOUR, MIDNIGHT

USD: Final = 100_000_000
ROOT: Final = b"\x07" * 32
KEYS: Final = tuple(devnet_keys()[2:9])
"""Seven reporters: two may lie."""


def planned(signatures: int, *, replayed: bool = False) -> Plan:
    me = devnet_keys()[0].address
    reporters = Reporters(
        tuple(key.address for key in KEYS),
        signatures,
        published_method_hash(),
        IndexVersion.COMMON_REPORT,
    )
    names = ("H100", "A100")
    return Plan(reporters, curators=(me,), guardians=(me,), indices=names, replayed=replayed)


class Transmitter:
    """An index on a chain, and who brings its reports."""

    def __init__(self, devnet: Devnet, plan: Plan) -> None:
        self.url, self.chain = devnet.url, devnet.chain
        self.wallet = Wallet(self.chain, devnet_keys()[0])
        self.deployment = deploy(self.wallet, plan)
        self.address = self.deployment.address("SpotIndex")
        self.index = SpotIndexV2(self.chain, self.address)
        self.slot = MIDNIGHT

    def committee(self) -> Committee:
        config = self.index.reporter_config(block=Tag.LATEST)
        timing = self.index.timing(block=Tag.LATEST)
        count = len(config.reporters)
        return Committee(
            bounds=Bounds(count, most_liars(count), config.quorum),
            domain=common_domain(self.chain.chain_id, self.address),
            index_set=self.index.index_set(block=Tag.LATEST),
            epoch=config.epoch,
            method_hash=config.method_hash,
            indices=len(self.index.index_names(block=Tag.LATEST)),
            flags=self.index.flags(block=Tag.LATEST),
            grid_s=timing.grid,
            heartbeat_s=timing.heartbeat,
            min_interval_s=timing.min_interval,
            deviation_bps=timing.deviation_bps,
        )

    def submission(
        self, *figures: Figure, signers: tuple[int, ...], flags: int | None = None
    ) -> bytes:
        """The packed report of the next hour."""
        self.slot += HOUR
        committee = self.committee()
        wanted = committee.flags if flags is None else flags
        report = CommonReport(self.slot, wanted, figures, ROOT)
        digest = digest_of(report, committee)
        signed = {position: KEYS[position].sign(digest).compact for position in signers}
        self.chain.next_block_at(self.slot)
        return pack_submission(self.slot, wanted, figures, ROOT, signed)

    def submit(self, *figures: Figure, signers: tuple[int, ...]) -> Receipt:
        packed = self.submission(*figures, signers=signers)
        return self.wallet.send(self.index.submit(packed), gas=600_000)
