"""Contracts of others that read price feeds, as their npm packages ship them."""

import json
from dataclasses import dataclass
from typing import Any, Final

from contracts.foreign.calls import call, creation, returned
from contracts.foreign.packs import Pack
from contracts.foreign.sources import by_release, compiled
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.reverts import find_revert_data
from pargrade.chain.wallet import Wallet

AAVE_V3: Final = Pack(
    "@aave/core-v3",
    "1.19.3",
    "Xr7+VcoU5b4mPwM4IUCnskw3lciwrnL4Xloyad8GOddYeixnri2lZYobNmErm1LwE50vqjI0O+9QGNKY2TDkeQ==",
    within="artifacts/contracts/misc/AaveOracle.sol/AaveOracle.json",
)
AAVE_V2: Final = Pack(
    "@aave/protocol-v2",
    "1.0.1",
    "MU3WiigW89DWDpCtvaw4rafih7RbADB45uUM/zqfnOD4g9JNUVfeT6MrjV4/DP/JPA2Iv5ySKSx+a1OfUES0Pg==",
    within="artifacts/contracts/misc/AaveOracle.sol/AaveOracle.json",
)
KASHI: Final = Pack(
    "@sushiswap/kashi",
    "0.0.0",
    "7FNz1+pQ3kvgOU9Kqb4dl/YJogcXR2b3ph6OXUqQagFcdnj5iPYkeiVvWP1WeofM/oG2suvLb4rlqAh+BckdqA==",
    within="artifacts/contracts/oracles/ChainlinkOracle.sol/ChainlinkOracle.json",
)
VENUS: Final = Pack(
    "@venusprotocol/oracle",
    "2.16.0",
    "glqLXVBTL5zTSZsdw71aE3UZrH8CeRZfv5tKapZhP5Yi1in8HfKoNoWMqEji4lgBGCUArZJ85jVG9SesNDi8PA==",
    within="artifacts/contracts/oracles/ChainlinkOracle.sol/ChainlinkOracle.json",
)
MIMIC: Final = Pack(
    "@mimic-fi/v3-price-oracle",
    "0.1.0",
    "W2M1zEAYZDadLvRtTBhaRC6RfKISl4FEyppi7gwQ89dPFEyKKcfuCUJwObf9238nHgHCWhWcKyqawNrCmI1VEQ==",
    within="artifacts/contracts/PriceOracle.sol/PriceOracle.json",
)
PERP: Final = Pack(
    "@perp/perp-oracle-contract",
    "0.6.8",
    "TrPYGq2iLudByTL939LSQedId84B8+lTgczJBvNlPjk7ENAykMxlIrk6IFFgtRfbX2Bo4wp4DeM/1bMaK3z+4Q==",
    within="artifacts/contracts/ChainlinkPriceFeedV",
)
CONNEXT: Final = Pack(
    "@connext/nxtp-contracts",
    "0.1.42",
    "BJKHlAoisPh5i/els3jtCXSZQAL2p+KCuoyu0pDHwRpxGooD264r1RlCwN17eJLJp2VJ1fumSmg8MPVQNl4lMg==",
    within="artifacts/contracts/ConnextPriceOracle.sol",
)
PAYMASTER: Final = Pack(
    "@account-abstraction/contracts",
    "0.7.0",
    "Bt/66ilu3u8I9+vFZ9fTd+cWs55fdb9J5YKfrhsrFafH1drkzwuCSL/xEot1GGyXXNJLQuXbMRztQPyelNbY1A==",
    within="artifacts/TokenPaymaster.json",
)
JUICEBOX: Final = Pack(
    "@bananapus/core-v5",
    "0.0.4",
    "72sRV6UUFNysxXesGgD+cbnt2xwUlpxWZh/1L3fEOxcWzr8zHiRhB1c8UMpmUqm5WCaJRrsjWWZyebuoxD7dYA==",
    within="src",
)
"""Brings no bytecode: compiled here, by the release its source names."""
SOLC_0_8_23: Final = Pack(
    "solc",
    "0.8.23",
    "uqe69kFWfJc3cKdxj+Eg9CdW1CP3PLZDPeyJStQVWL8Q9jjjKD0VuRAKBFR8mrWiq5A7gJqERxJFYJsklrVsfA==",
    within="soljson.js",
)

YES: Final = "600a600c600039600a6000f3" + "600160005260206000f3"
"""Code that says yes to whatever it is asked: governors and entry points of the consumers."""
_PROXY: Final = "3d602d80600a3d3981f3363d3d373d3d3d363d73{}5af43d82803e903d91602b57fd5bf3"


def shipped(pack: Pack, file: str = "") -> str:
    """The bytecode of an artifact, as it lies in a package."""
    bytecode: str = json.loads((pack.folder() / (file or pack.within)).read_text())["bytecode"]
    return bytecode


def juicebox() -> str:
    """The bytecode of Juicebox' feed, compiled from its package."""
    folder = JUICEBOX.folder()
    name = "src/JBChainlinkV3PriceFeed.sol"
    compiler = by_release(SOLC_0_8_23.folder() / "soljson.js")
    found = compiled(folder / name, {JUICEBOX.name: folder}, f"{JUICEBOX.name}/{name}", compiler)
    return found["JBChainlinkV3PriceFeed"]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A contract of others on a chain."""

    wallet: Wallet
    address: Address

    @classmethod
    def place(cls, wallet: Wallet, bytecode: str, types: str = "()", *arguments: Any) -> "Consumer":
        """Creates it."""
        made = wallet.send(creation(bytecode, types, *arguments)).contract
        return cls(wallet, made)

    @classmethod
    def behind_proxy(cls, wallet: Wallet, bytecode: str) -> "Consumer":
        """One whose constructor locks it, behind a minimal proxy (ERC-1167)."""
        plain = cls.place(wallet, bytecode)
        return cls.place(wallet, _PROXY.format(plain.address[2:].lower()))

    def send(self, signature: str, *arguments: Any) -> None:
        """A transaction to it."""
        self.wallet.send(call(self.address, signature, *arguments))

    def read(self, signature: str, types: str, *arguments: Any) -> Any:
        """What a call returns; alone where it is one."""
        data = "0x" + call(self.address, signature, *arguments).data.hex()
        request = {"from": self.wallet.address, "to": self.address, "data": data}
        given = self.wallet.chain.request("eth_call", request, "latest")
        found = returned(types, bytes.fromhex(given[2:]))
        return found[0] if len(found) == 1 else found

    def refusal(self, signature: str, *arguments: Any) -> bytes:
        """What it reverts with."""
        try:
            self.read(signature, "()", *arguments)
        except RpcRefused as refused:
            return find_revert_data(refused.error) or b""
        raise AssertionError(f"{signature} did not revert")
