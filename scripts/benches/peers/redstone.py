"""A RedStone adapter with rounds, updated from packages signed by its signers.

Their contracts, compiled here; signers are their test signers, which are the well-known keys of
development chains, and the first ones: in production they are looked up the same way.
"""

from pathlib import Path
from typing import Final

from receipts.stage import SPOT, Stage

from contracts.foreign.calls import call, creation
from contracts.foreign.packs import Pack
from contracts.foreign.sources import compiled
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, keccak
from pargrade.devnet.anvil import devnet_keys

RELAYER: Final = Pack(
    "@redstone-finance/on-chain-relayer",
    "0.6.1",
    "FwJIBCLcxmD06PKtxmRajU+asq1kUZKVhMygKP8EfznDwsOZDr983Mcr5zw/A9jOVcirPpNqME2bWRopX8LaTg==",
)
CONNECTOR: Final = Pack(
    "@redstone-finance/evm-connector",
    "0.6.1",
    "9b0aTzwE8kmMnqiiDqnPA3EHwFnloJcfUvw7SCHyWb3nAOEqgI6gZo889mjyk+bGyS2dmmWRYpEELntv/uURJw==",
)
UPGRADEABLE: Final = Pack(
    "@openzeppelin/contracts-upgradeable",
    "5.7.0",
    "dHA/P3AFsnNXcv82Kge/v35kK0ByNe1EFv4vvOnl//lc8svwRcj5i/bdXd5mdMolD4rjSKy6EWOwc6+7h1gjaQ==",
)
"""Only its Initializable."""
THRESHOLDS: Final = (3, 5)
FEED: Final = b"BTC".ljust(32, b"\0")
MARKER: Final = bytes.fromhex("000002ed57011e0000")
UPDATES: Final = 3


def measured(stage: Stage) -> dict[str, dict[str, int]]:
    """Gas of the last of some updates, by signatures."""
    packs = {pack.name: pack.folder() for pack in (RELAYER, CONNECTOR, UPGRADEABLE)}
    code = compiled(Path(__file__).parent / "RedStone.sol", packs)["Adapter"]
    found = {}
    for threshold in THRESHOLDS:
        adapter = stage.place(creation(code, "(uint8)", threshold))
        for _ in range(UPDATES):
            stamp = stage.chain.head().timestamp
            gas = stage.gas(_update(adapter, stamp * 1_000, threshold))
            stage.chain.advance(stamp + 60)
        found[f"index_update_{threshold}"] = {f"RedStone with rounds ({threshold})": gas}
    return found


def _update(adapter: Address, milliseconds: int, signers: int) -> Call[None]:
    """The call, and after it the packages that the adapter finds at the end of its data."""
    plain = call(adapter, "updateDataFeedsValues(uint256)", milliseconds)
    packages = b"".join(_package(position, milliseconds) for position in range(signers))
    data = plain.data + packages + signers.to_bytes(2) + (0).to_bytes(3) + MARKER
    return Call(adapter, data, plain.label, None, {})


def _package(position: int, milliseconds: int) -> bytes:
    """One data point of 32 bytes, its time, sizes and count, and the signature over all of that."""
    value = (SPOT + position * 10**4).to_bytes(32)
    message = FEED + value + milliseconds.to_bytes(6) + (32).to_bytes(4) + (1).to_bytes(3)
    signed = devnet_keys()[position].sign(keccak(message))
    return message + signed.r.to_bytes(32) + signed.s.to_bytes(32) + bytes([27 + signed.y_parity])
