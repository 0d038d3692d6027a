"""An API3 beacon set updated from signed data, all its beacons in one transaction."""

import re
from typing import Final

from eth_abi.abi import encode
from receipts.stage import PANELS, REPORTERS, SPOT, Stage

from contracts.foreign.calls import call, creation
from contracts.foreign.packs import Pack
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key

PACK: Final = Pack(
    "@api3/contracts",
    "27.0.0",
    "FPjsKqTI4o737kIdO5K5mCUw1Uij0UOLkd7fjkiD63Dhxz1p5NQQzeuigpXtnyhG7kqXtmOoBSZeOxzpK2b/lA==",
    within="dist/typechain-types/factories",
)
TEMPLATE: Final = keccak(b"the template of this benchmark")
UPDATES: Final = 3
_BYTECODE: Final = re.compile(r'bytecode = "(0x[0-9a-f]+)"')


def measured(stage: Stage) -> dict[str, dict[str, int]]:
    """Gas of the last of some updates, by signatures. The code is the one they ship."""
    registry = stage.place(creation(_shipped("access/AccessControlRegistry")))
    server = stage.place(
        creation(
            _shipped("api3-server-v1/Api3ServerV1"),
            "(address,string,address)",
            registry,
            "admin",
            stage.me,
        )
    )
    found = {}
    for signatures in PANELS:
        airnodes = REPORTERS[:signatures]
        beacons = [keccak(bytes.fromhex(key.address[2:]) + TEMPLATE) for key in airnodes]
        for number in range(UPDATES):
            stamp = stage.chain.head().timestamp
            calls = [
                _signed(key, stamp, SPOT + position * 10**4 + number)
                for position, key in enumerate(airnodes)
            ]
            calls.append(call(server, "updateBeaconSetWithBeacons(bytes32[])", beacons).data)
            gas = stage.gas(call(server, "multicall(bytes[])", calls))
            stage.chain.advance(stamp + 60)
        found[f"index_update_{signatures}"] = {f"API3 ({signatures})": gas}
    return found


def _signed(airnode: Key, stamp: int, value: int) -> bytes:
    """The call that updates one beacon."""
    data = encode(["int256"], [value])
    message = keccak(TEMPLATE + stamp.to_bytes(32) + data)
    signed = airnode.sign(keccak(b"\x19Ethereum Signed Message:\n32" + message))
    signature = signed.r.to_bytes(32) + signed.s.to_bytes(32) + bytes([27 + signed.y_parity])
    name = "updateBeaconWithSignedData(address,bytes32,uint256,bytes,bytes)"
    return call(airnode.address, name, airnode.address, TEMPLATE, stamp, data, signature).data


def _shipped(contract: str) -> str:
    path = PACK.folder() / PACK.within / f"{contract}__factory.js"
    found = _BYTECODE.search(path.read_text())
    assert found is not None, path
    return found[1]
