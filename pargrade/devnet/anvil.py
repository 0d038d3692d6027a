"""A development chain of our own: anvil, started on a free port and ended with us."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pargrade.chain.block import BlockStamp
from pargrade.chain.development import DEVNET_CHAIN_ID
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.devnet.errors import DevnetFailed, MissingAnvil
from pargrade.process.child import Child

STATES: Final = 4_096
"""Blocks behind the head whose state a development chain can still be asked for."""

_PATIENCE_S: Final = 5.0
_WRITING_PATIENCE_S: Final = 60.0
"""How long it may take to end: writing its state takes a second per hundred megabytes."""

DEVNET_KEYS: Final = (
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
    "f214f2b2cd398c806f84e317254e0f0b801d0643303237d97a22a48e01628897",
    "701b615bbdfb9de65240bc28bd21bbc0d996645a3dd57e7b12bc2bdf6f192c82",
    "a267530f49f8280200edf313ee7af6b827f2a8bce2897751d06a843f644967b1",
    "47c99abed3324a2707c28affff1267e45918ec8c3f20b8aa892e8b065d2942dd",
    "c526ee95bf44d8fc405a158bb884d9d1238d99f0612e9f33d006bb0789009aaa",
    "8166f546bab6da521a8369cab06c5d2b9e46670292d85c875ee9ec20e84ffb61",
    "ea6c44ac03bff858b476bba40716402b03e41b8e97e276d1baec7c37d42484a0",
    "689af8efa8c651a91ad287602527f3af2fe9f6501a7ac4b061667b5a93e037fd",
    "de9be858da4a475276426320d5e9262ecfc3ba460bfac56360bfa6c4c28b4ee0",
    "df57089febbacf7ba0bc227dafbffa9fc08a93fdc68e1e42411a14efcf23656e",
)
"""The keys everyone knows: worthless, and funded by every development chain."""


def devnet_keys() -> tuple[Key, ...]:
    """The twenty funded keys of a development chain."""
    return tuple(Key.parse(text) for text in DEVNET_KEYS)


class DevChain(Chain):
    """A development chain, whose time and state can be moved."""

    def advance(self, timestamp: int) -> BlockStamp:
        """Mines one block at `timestamp` (Unix seconds, after the head's)."""
        self.mine_at(timestamp)
        return self.head()

    def mine_at(self, timestamp: int) -> None:
        """As `advance`, for those who do not ask what was mined."""
        self.request("evm_mine", timestamp)

    def release_time(self) -> None:
        """From now on a block is as much later than the last as it was mined later."""
        self.request("anvil_removeBlockTimestampInterval")

    def next_block_at(self, timestamp: int) -> None:
        """The next block, whenever it is mined, carries `timestamp`."""
        self.request("evm_setNextBlockTimestamp", timestamp)

    def mine(self, blocks: int = 1) -> BlockStamp:
        """Mines empty blocks, one second apart."""
        self.request("anvil_mine", hex(blocks))
        return self.head()

    def fund(self, account: Address, wei: int) -> None:
        """Sets the native coin of an account."""
        self.request("anvil_setBalance", account, hex(wei))

    def pause_mining(self) -> None:
        """Transactions wait from now on until `mine` is called."""
        self.request("evm_setAutomine", False)

    def resume_mining(self) -> None:
        """Every transaction is mined at once again."""
        self.request("evm_setAutomine", True)

    def drop_transactions(self) -> None:
        """Forgets every transaction that waits for a block."""
        self.request("anvil_dropAllTransactions")

    @contextmanager
    def restored(self) -> Iterator[Self]:
        """Whatever happens inside is undone at the end."""
        next_base_fee = self.request("eth_feeHistory", "0x1", "latest", [])["baseFeePerGas"][-1]
        snapshot = self.request("evm_snapshot")
        try:
            yield self
        finally:
            # No parts of anvil's snapshots (1.7.1): what waits would be mined into the state that
            # is restored, and blocks would go on from the fee reached inside.
            self.drop_transactions()
            self.request("evm_revert", snapshot)
            self.request("anvil_setNextBlockBaseFeePerGas", next_base_fee)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a development chain keeps."""

    states: int = STATES
    """Blocks behind the head whose state it can still be asked for: up to a megabyte each."""
    file: Path | None = None
    """Where the whole chain is written at its end, and read from at its start; None for nowhere."""


class Devnet:
    """An anvil process. Time stands still between blocks; each new block is one second later.

    `WallClock` makes its time pass. Used as a context manager, or started and stopped by hand. The
    process ends when this one does, even when this one is killed.
    """

    def __init__(
        self,
        *,
        genesis: int,
        port: int = 0,
        ipc: Path | None = None,
        startup: float = 15.0,
        memory: Memory = Memory(),  # frozen
        chain_id: int = DEVNET_CHAIN_ID,
        fork_url: str | None = None,
    ) -> None:
        """Starts a chain whose block 0 is at `genesis`, Unix seconds. Port 0 takes a free one.

        With `fork_url` it goes on from the newest block of that chain, at `genesis`.

        With `ipc` it answers at that socket too. A chain that goes on from a file does so at once
        only if `WallClock` runs, or someone names the next block's time: anvil forgets the head's.
        Raises MissingAnvil, DevnetFailed.
        """
        program = find_anvil()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop
        arguments = [
            *(program, "--chain-id", str(chain_id)),
            *_options(genesis, port, ipc),
            *_memory_options(memory),
            *(() if fork_url is None else ("--fork-url", fork_url)),
        ]
        patience = _PATIENCE_S if memory.file is None else _WRITING_PATIENCE_S
        self._anvil = Child("pargrade-devnet", arguments, log=self._log, patience=patience)
        try:
            self.url = self._listening(program, startup)
            self.nearest = self.url if ipc is None else f"ipc://{ipc.resolve()}"
            """The fastest way to it from this machine."""
            self.chain = DevChain.connect(self.nearest, expected=chain_id)
            self.chain.request("anvil_setLoggingEnabled", False)
            self.chain.request("anvil_setBlockTimestampInterval", 1)
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._anvil.alive

    def stop(self) -> None:
        """Ends the process and waits for its end. May be called twice."""
        self._anvil.stop()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def _listening(self, program: str, startup: float) -> str:
        deadline = time.monotonic() + startup
        while time.monotonic() < deadline:
            running = self.alive
            # Not by seek and read: the file's position is shared with the program that writes it.
            output = os.pread(self._log.fileno(), 65_536, 0).decode(errors="replace")
            if found := re.search(r"Listening on (\S+)", output):
                return f"http://{found[1]}"
            if not running:
                raise DevnetFailed(
                    program, output.strip().splitlines()[-1] if output else "no output"
                )
            time.sleep(0.01)
        raise DevnetFailed(program, f"not listening after {startup:.0f} s")


def find_anvil() -> str:
    """Path of the program: PARGRADE_ANVIL, else this checkout's pinned one, else PATH."""
    named = os.environ.get("PARGRADE_ANVIL")
    if named:
        if shutil.which(named):
            return named
        raise MissingAnvil((f"PARGRADE_ANVIL={named}",))
    folders = [Path(__file__).parents[2], Path.cwd()]
    local = [folder / "node_modules" / ".bin" / "anvil" for folder in folders]
    for candidate in (*map(str, local), "anvil"):
        if found := shutil.which(candidate):
            return found
    raise MissingAnvil((*dict.fromkeys(map(str, local)), "PATH"))


def _options(genesis: int, port: int, ipc: Path | None) -> list[str]:
    return [
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--timestamp", str(genesis), "--hardfork", "prague"),
        *("--accounts", str(len(DEVNET_KEYS))),
        # Two blocks behind the head are final, so that followers of finality need not wait.
        *("--slots-in-an-epoch", "1"),
        *(() if ipc is None else ("--ipc", str(ipc.resolve()))),
    ]


def _memory_options(memory: Memory) -> list[str]:
    return [
        # In memory: writing every state from the 500th on to disk is a third of what a block costs.
        *("--prune-history", str(memory.states)),
        *(() if memory.file is None else ("--state", str(memory.file.resolve()))),
    ]
