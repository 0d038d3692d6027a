"""Ten readers of feeds that nobody here wrote, in the code their npm packages ship.

Real rounds of the second index, read through its feeds. Each consumer's own rule of age or rounds
is broken once; those without one get an error of the strict feed instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest

from contracts.foreign.calls import returned
from oracle.epochs.history import read_epochs
from oracle.index.method import load_method
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import digest_of
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.strict_index_feed import StrictIndexFeed
from pargrade.bindings.test_token import TestToken
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from pargrade.spot_index.quorum import IndexVersion
from pargrade.spot_index.submission import pack_submission
from tests.conftest import GENESIS
from tests.support.consumers import (
    AAVE_V2,
    AAVE_V3,
    CONNEXT,
    KASHI,
    MIMIC,
    PAYMASTER,
    PERP,
    VENUS,
    YES,
    Consumer,
    juicebox,
    shipped,
)

pytestmark = pytest.mark.deep

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
KEYS: Final = devnet_keys()[:5]
NAMES: Final = ("SCU / USD",)
VALUES: Final = (231_000_000, 233_123_457, 229_876_543)
NOBODY: Final = "0x" + "00" * 20
ASSET: Final = "0x" + "a5" * 20
NATIVE: Final = "0x" + "bb" * 20
STALE: Final = keccak(b"StaleIndex(uint256,uint40,uint256)")[:4]


@dataclass
class Feeds:
    """An index with some hourly rounds, and both feeds over it."""

    wallet: Wallet
    plain: Address
    strict: Address
    slots: list[int] = field(default_factory=list)

    @property
    def chain(self) -> DevChain:
        chain = self.wallet.chain
        assert isinstance(chain, DevChain)
        return chain

    @property
    def latest(self) -> int:
        return VALUES[len(self.slots) - 1]

    def age(self, seconds: int) -> None:
        """So long after the last slot."""
        self.chain.mine_at(self.slots[-1] + seconds)

    def token(self, decimals: int) -> Address:
        return self.wallet.send(TestToken.deploy("Token", "TKN", decimals)).contract


@pytest.fixture(scope="module")
def devnet() -> Iterator[Devnet]:
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(devnet: Devnet) -> Feeds:
    chain, wallet = devnet.chain, Wallet(devnet.chain, KEYS[0])
    addresses = tuple(key.address for key in KEYS)
    method = load_method().method_hash
    reporters = Reporters(addresses, 3, method, IndexVersion.COMMON_REPORT)
    me = addresses[0]
    plan = Plan(reporters, curators=(me,), guardians=(me,), indices=NAMES)
    placed = deploy(wallet, plan)
    place = IndexOnChain(placed.address("SpotIndex"), NAMES, placed.block)
    spot = SpotIndexV2(chain, place.address)
    committee = read_epochs(chain, place).committee(1).committee
    feeds = Feeds(
        wallet,
        wallet.send(IndexFeed.deploy(spot.address, 0)).contract,
        wallet.send(StrictIndexFeed.deploy(spot.address, 0)).contract,
    )
    for number, value in enumerate(VALUES, start=1):
        slot = GENESIS + number * HOUR
        figures = (Figure(value, value // 100, 4),)
        report = CommonReport(slot, 0, figures, keccak(slot.to_bytes(5)))
        digest = digest_of(report, committee)
        signed = {position: key.sign(digest).compact for position, key in enumerate(KEYS)}
        chain.next_block_at(slot)
        wallet.send(spot.submit(pack_submission(slot, 0, figures, report.input_root, signed)))
        feeds.slots.append(slot)
    return feeds


@pytest.fixture
def feeds(recorded: Feeds) -> Iterator[Feeds]:
    with recorded.chain.restored():
        yield recorded


def perp(version: str) -> str:
    """Where Perp's artifact of a version is."""
    return f"{PERP.within.removesuffix('V')}{version}.sol/ChainlinkPriceFeed{version}.json"


def reason(data: bytes) -> str:
    """The text of Error(string)."""
    assert data[:4] == keccak(b"Error(string)")[:4], data.hex()
    return str(returned("(string)", data[4:])[0])


def test_aave__versions_two_and_three__read_the_answer_and_stop_with_the_strict_feed(feeds):
    three = (
        "(address,address[],address[],address,address,uint256)",
        *(NOBODY, [ASSET], [feeds.strict], NOBODY, NOBODY, 10**8),
    )
    two = ("(address[],address[],address,address)", [ASSET], [feeds.strict], NOBODY, NATIVE)
    for pack, arguments in ((AAVE_V3, three), (AAVE_V2, two)):
        feeds.chain.mine()
        oracle = Consumer.place(feeds.wallet, shipped(pack), *arguments)
        price = ("getAssetPrice(address)", "(uint256)", ASSET)
        assert oracle.read(*price) == feeds.latest
        with feeds.chain.restored():
            feeds.age(30 * HOUR)
            assert oracle.refusal("getAssetPrice(address)", ASSET)[:4] == STALE


def test_kashi__divided_by_decimals__reads_the_answer_and_stops_with_the_strict_feed(feeds):
    oracle = Consumer.place(feeds.wallet, shipped(KASHI))
    data = oracle.read(
        "getDataParameter(address,address,uint256)", "(bytes)", feeds.strict, NOBODY, 10**26
    )
    assert oracle.read("peek(bytes)", "(bool,uint256)", data) == (True, feeds.latest * 10**10)
    feeds.age(30 * HOUR)
    assert oracle.refusal("peek(bytes)", data)[:4] == STALE


@pytest.mark.parametrize("period", [HOUR, 30 * HOUR])
def test_venus__greatest_age__binds_to_the_second(feeds, period):
    oracle = Consumer.behind_proxy(feeds.wallet, shipped(VENUS))
    governor = Consumer.place(feeds.wallet, YES)
    oracle.send("initialize(address)", governor.address)
    token = feeds.token(6)
    oracle.send("setTokenConfig((address,address,uint256))", (token, feeds.plain, period))
    feeds.age(period)
    # 36 decimals less those of the token.
    assert oracle.read("getPrice(address)", "(uint256)", token) == feeds.latest * 10**22
    feeds.age(period + 1)
    assert reason(oracle.refusal("getPrice(address)", token)) == "chainlink price expired"


def test_mimic__both_ways__scales_the_answer_and_stops_with_the_strict_feed(feeds):
    oracle = Consumer.behind_proxy(feeds.wallet, shipped(MIMIC))
    base, quote = feeds.token(18), feeds.token(6)
    signature = "initialize(address,address,address,(address,address,address)[])"
    me = feeds.wallet.address
    oracle.send(signature, me, me, quote, [(base, quote, feeds.strict)])
    price = "getPrice(address,address)"
    assert oracle.read(price, "(uint256)", base, quote) == feeds.latest // 100
    inverse = 10**36 // feeds.latest
    assert oracle.read(price, "(uint256)", quote, base) == inverse * 10**2
    feeds.age(30 * HOUR)
    assert oracle.refusal(price, base, quote)[:4] == STALE


def test_perp_v2__rounds_by_number__are_ours_and_an_unknown_one_is_refused(feeds):
    bytecode = shipped(PERP, perp("V2"))
    feed = Consumer.place(feeds.wallet, bytecode, "(address,uint80)", feeds.plain, 15 * 60)
    assert feed.read("getPrice(uint256)", "(uint256)", 0) == feeds.latest
    for number, (slot, value) in enumerate(zip(feeds.slots, VALUES, strict=True), start=1):
        assert feed.read("getRoundData(uint80)", "(uint256,uint256)", number) == (value, slot)
    assert feed.refusal("getRoundData(uint80)", len(VALUES) + 1)
    feed.send("update()")
    assert reason(feed.refusal("update()")) == "CPF_NU"


def test_perp_v3__feed_that_stops__keeps_the_last_price_and_says_that_it_timed_out(feeds):
    bytecode = shipped(PERP, perp("V3"))
    arguments = ("(address,uint256,uint80)", feeds.strict, 40 * HOUR, 15 * 60)
    feed = Consumer.place(feeds.wallet, bytecode, *arguments)
    feed.send("update()")
    assert feed.read("getLatestOrCachedPrice()", "(uint256,uint256)") == (
        feeds.latest,
        feeds.slots[-1],
    )
    assert feed.read("getFreezedReason()", "(uint8)") == 0
    feeds.age(40 * HOUR)
    no_response = 1
    assert feed.read("getFreezedReason()", "(uint8)") == no_response
    assert feed.read("getPrice(uint256)", "(uint256)", 0) == feeds.latest
    assert not feed.read("isTimedOut()", "(bool)")
    feeds.age(40 * HOUR + 1)
    assert feed.read("isTimedOut()", "(bool)")


def test_connext__eighteen_decimals__reads_the_answer_and_stops_with_the_strict_feed(feeds):
    file = "artifacts/contracts/ConnextPriceOracle.sol/ConnextPriceOracle.json"
    oracle = Consumer.place(feeds.wallet, shipped(CONNEXT, file), "(address)", NATIVE)
    oracle.send("setAggregators(address[],address[])", [ASSET], [feeds.strict])
    assert oracle.read("getTokenPrice(address)", "(uint256)", ASSET) == feeds.latest * 10**10
    feeds.age(30 * HOUR)
    assert oracle.refusal("getTokenPrice(address)", ASSET)[:4] == STALE


def test_token_paymaster__greatest_age_of_a_round__binds_to_the_second(feeds):
    most = 2 * DAY
    yes = Consumer.place(feeds.wallet, YES)
    denominator = 10**26
    arguments = (
        "(address,address,address,address,(uint256,uint128,uint48,uint48),"
        "(uint48,uint48,address,address,bool,bool,bool,uint256),(uint256,uint24,uint8),address)",
        *(feeds.token(18), yes.address, NATIVE, yes.address),
        (denominator, 0, 0, 0),
        (0, most, feeds.plain, NOBODY, True, False, False, 0),
        (1, 3_000, 5),
        feeds.wallet.address,
    )
    paymaster = Consumer.place(feeds.wallet, shipped(PAYMASTER), *arguments)
    update = "updateCachedPrice(bool)"
    feeds.age(most)
    assert paymaster.read(update, "(uint256)", True) == denominator * feeds.latest // 10**8
    feeds.age(most + 1)
    assert reason(paymaster.refusal(update, True)) == "TPM: Incomplete round"


def test_juicebox__threshold__binds_to_the_second(feeds):
    most = 2 * HOUR
    feed = Consumer.place(feeds.wallet, juicebox(), "(address,uint256)", feeds.plain, most)
    feeds.age(most)
    assert feed.read("currentUnitPrice(uint256)", "(uint256)", 18) == feeds.latest * 10**10
    feeds.age(most + 1)
    refused = feed.refusal("currentUnitPrice(uint256)", 18)
    name = b"JBChainlinkV3PriceFeed_StalePrice(uint256,uint256,uint256)"
    assert refused[:4] == keccak(name)[:4]
    updated = feeds.slots[-1]
    assert returned("(uint256,uint256,uint256)", refused[4:]) == (updated + most + 1, most, updated)
