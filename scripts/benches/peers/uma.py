"""UMA's LongShortPair over its optimistic oracle, in the bytecode they ship.

Two hours of liveness and a bond of 500 dollars; no reward and no final fee, which would cost more
gas. Nothing is disputed.
"""

import json
from typing import Final

from receipts.stage import EVERYTHING, Stage

from contracts.foreign.calls import call, creation
from contracts.foreign.packs import Pack
from pargrade.bindings.test_token import TestToken
from pargrade.chain.hashing import Address

PACK: Final = Pack(
    "@uma/core",
    "2.62.2",
    "tQOk7yZScsxkOdSlb9qCvWXyvPZ2ozBgH7pja6+rGuXNe+VAdiByTqzi2TeUxdOZBj2bTdGS2+eW2htC2CZYTQ==",
    within="artifacts/contracts",
)
DVM: Final = "data-verification-mechanism/implementation"
LIBRARY: Final = (
    "financial-templates/common/financial-product-libraries/long-short-pair-libraries/"
    "LinearLongShortPairFinancialProductLibrary"
)
IDENTIFIER: Final = b"SCU / USD".ljust(32, b"\0")
ONE: Final = 10**18
LIVENESS: Final = 7_200
BOND: Final = 500 * ONE
LIFE: Final = 86_400
PAIRS: Final = 1_000 * ONE
PRICE: Final = 231 * ONE // 100
NOBODY: Final = "0x" + "00" * 20
PARAMETERS: Final = (
    "((string,uint64,uint256,bytes32,bool,address,address,address,address,bytes,"
    "uint256,uint256,uint256,address,address))"
)


def measured(stage: Stage) -> dict[str, dict[str, int]]:
    """Gas of a pair's whole life, by row and step."""
    world = _World(stage)
    expiry = stage.chain.head().timestamp + LIFE
    pair = world.pair(expiry)
    create = call(pair, "create(uint256)", PAIRS)
    stage.gas(create)
    again = stage.gas(create)
    redeem = stage.gas(call(pair, "redeem(uint256)", PAIRS // 10))
    stage.chain.advance(expiry)
    expire = stage.gas(call(pair, "expire()"))
    signature = "proposePrice(address,bytes32,uint256,bytes,int256)"
    propose = stage.gas(call(world.oracle, signature, pair, IDENTIFIER, expiry, b"", PRICE))
    stage.chain.advance(expiry + 2 * LIVENESS)
    settle = call(pair, "settle(uint256,uint256)", PAIRS // 10, 0)
    first, later = stage.gas(settle), stage.gas(settle)
    return {
        "open": {"UMA LSP create again": again},
        "propose": {"UMA LSP expire": expire, "UMA LSP propose": propose},
        "settle": {"UMA LSP first settle": first},
        "redeem_1": {"UMA LSP later settle": later, "UMA LSP redeem": redeem},
    }


class _World:
    """What a pair finds around it on a chain of theirs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.finder = self.place(f"{DVM}/Finder")
        identifiers = self.place(f"{DVM}/IdentifierWhitelist")
        collaterals = self.place("common/implementation/AddressWhitelist")
        store = self.place(f"{DVM}/Store", "((uint256),(uint256),address)", (0,), (0,), NOBODY)
        self.oracle = self.place(
            "optimistic-oracle-v2/implementation/OptimisticOracleV2",
            "(uint256,address,address)",
            LIVENESS,
            self.finder,
            NOBODY,
        )
        creation = TestToken.deploy("US Dollar of eighteen decimals", "USD18", 18)
        self.collateral = TestToken(stage.chain, stage.place(creation))
        self.library = self.place(LIBRARY)
        known = {
            "IdentifierWhitelist": identifiers,
            "CollateralWhitelist": collaterals,
            "Store": store,
            "OptimisticOracleV2": self.oracle,
        }
        for name, where in known.items():
            change = "changeImplementationAddress(bytes32,address)"
            stage.gas(call(self.finder, change, name.encode().ljust(32, b"\0"), where))
        for step in (
            call(identifiers, "addSupportedIdentifier(bytes32)", IDENTIFIER),
            call(collaterals, "addToWhitelist(address)", self.collateral.address),
            self.collateral.mint(stage.me, 10**9 * ONE),
            self.collateral.approve(self.oracle, EVERYTHING),
        ):
            stage.gas(step)

    def place(self, artifact: str, types: str = "()", *arguments: object) -> Address:
        """Deploys a contract they ship."""
        name = artifact.rpartition("/")[2]
        path = PACK.folder() / PACK.within / f"{artifact}.sol" / f"{name}.json"
        bytecode = json.loads(path.read_text())["bytecode"]
        return self.stage.place(creation(bytecode, types, *arguments))

    def pair(self, expiry: int) -> Address:
        """A pair whose two tokens it alone mints and burns."""
        erc20, named = "common/implementation/ExpandedERC20", "(string,string,uint8)"
        tokens = [self.place(erc20, named, side, side, 18) for side in ("LONG", "SHORT")]
        pair = self.place(
            "financial-templates/long-short-pair/LongShortPair",
            PARAMETERS,
            (
                "SCU / USD",
                expiry,
                ONE,
                IDENTIFIER,
                False,
                *tokens,
                self.collateral.address,
                self.library,
                b"",
                0,
                LIVENESS,
                BOND,
                self.finder,
                NOBODY,
            ),
        )
        bounds = "setLongShortPairParameters(address,int256,int256)"
        steps = [
            call(self.library, bounds, pair, 4 * ONE, ONE),
            self.collateral.approve(pair, EVERYTHING),
        ]
        for right in ("addMinter(address)", "addBurner(address)"):
            steps += [call(token, right, pair) for token in tokens]
        for step in steps:
            self.stage.gas(step)
        return pair
