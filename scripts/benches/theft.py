"""scripts/bench theft: a stolen threshold against a watcher with the council's key, as processes.

alarm_s          from the block of the theft until the watcher says so, median of three thefts
stopped_s        until the route is stopped at both ends
minted_share     of what could be minted at once, what a second theft mints after that
attested_after   messages that an honest attester signs after the theft

Two development chains that mine at once; on others a block's time comes on top.
"""

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.chain.block import Tag
from pargrade.chain.errors import Reverted
from pargrade.devnet.accounts import COUNCIL
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.errors import PargradeError
from tests.support.attesters import opened
from tests.support.command import start
from tests.support.theft import NEVER_SENT, steal
from tests.support.two_chains import ATTESTERS, STEP, TwoChains, two_chains

THEFTS = 3
PATIENCE_S = 60.0


def is_stopped(chains: TwoChains, end: str) -> bool:
    """Whether the council's stop is in force at an end."""
    route = chains.pair().route.id
    return chains.gate(end).route_state(route, block=Tag.LATEST).stopped_until > 0


def attack(chains: TwoChains, folder: Path) -> dict[str, float]:
    """One theft, and what came of it."""
    words = ("bridge", "watch", chains.path, "--data", folder / "watcher", "--json")
    log = (folder / "watcher.log").open("w")
    process = start(*words, key=DEVNET_KEYS[COUNCIL.number], stderr=log)
    try:
        with opened(chains.pair(), folder / "attester", ATTESTERS[4]) as attester:
            chains.lock(5)
            attester.attester.attest()
            wait_for(lambda: (folder / "watcher" / "ledger.sqlite").exists())
            time.sleep(3)
            began = time.monotonic()
            steal(chains, 500)
            alarm = stop = 0.0
            chains.lock(7)
            while not stop:
                now = time.monotonic() - began
                if now > PATIENCE_S:
                    text = (folder / "watcher.log").read_text()
                    raise SystemExit(f"the route was not stopped: {text}")
                if not alarm and "CRITICAL" in (folder / "watcher.log").read_text().upper():
                    alarm = now
                if is_stopped(chains, "home") and is_stopped(chains, "remote"):
                    stop = now
                time.sleep(0.05)
            before = minted(chains)
            with contextlib.suppress(Reverted):
                steal(chains, 100, NEVER_SENT + 1)
            share = (minted(chains) - before) / (500 * STEP)
            signed = attester.look()
        return {"alarm": alarm or stop, "stop": stop, "share": share, "signed": signed}
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=20)
        log.close()


def minted(chains: TwoChains) -> int:
    """Base units that exist at the remote end."""
    return chains.gate("remote").route_state(chains.pair().route.id, block=Tag.LATEST).minted


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise PargradeError("the watcher did not start")
        time.sleep(0.1)


def main() -> int:
    """All rows."""
    found = []
    with tempfile.TemporaryDirectory() as name, two_chains(Path(name)) as built:
        for number in range(THEFTS):
            folder = Path(name) / str(number)
            folder.mkdir()
            with built.restored(folder) as chains:
                chains.provision()
                found.append(attack(chains, folder))
    rows = [
        Row("alarm_s", statistics.median(each["alarm"] for each in found), 6, "s"),
        Row("stopped_s", statistics.median(each["stop"] for each in found), 8, "s"),
        Row("minted_share", max(each["share"] for each in found), 0, ""),
        Row("attested_after", max(each["signed"] for each in found), 0, "messages"),
    ]
    return report(rows, as_json="--json" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
