"""The artifacts that ship in an EVM of another kind: the same receipts as on anvil, to the unit."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pargrade.chain.block import Tag
from pargrade.deployment.factory import FACTORY
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.conftest import GENESIS
from tests.support.foreign_chain import Site, install_packages, node_command, served_site

pytestmark = pytest.mark.full

FOLDER: Final = Path(__file__).parent / "ethereumjs"
BENCH: Final = Path(__file__).parents[2] / "scripts" / "bench"
GROUPS: Final = ("units", "gate", "fills", "market", "index_v2_new")
"""All of the work but the hundreds of rounds that fill a ring, which take JavaScript minutes."""


def receipts(url: str) -> dict[str, float]:
    """Gas of every row, measured on a chain."""
    done = subprocess.run(
        [BENCH, "gas", *GROUPS, "--json", "--on", url],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return {row["name"]: row["ours"] for row in rows}


@pytest.fixture(scope="module")
def anvil() -> Iterator[Devnet]:
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.fixture(scope="module")
def site(anvil: Devnet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    install_packages(FOLDER, "@ethereumjs/vm")
    # The proxy of CREATE2 stands there from the start, so that every address is anvil's.
    proxy = "0x" + anvil.chain.code(FACTORY, block=Tag.LATEST).hex()
    genesis = {
        "FUNDED": json.dumps([key.address for key in devnet_keys()]),
        "CODE": json.dumps({FACTORY: proxy}),
    }

    def command(port: int) -> tuple[str, ...]:
        return (*node_command(FOLDER / "server.mjs"), str(port), str(GENESIS))

    with served_site(
        "ethereumjs", tmp_path_factory.mktemp("ethereumjs"), command, **genesis
    ) as found:
        yield found


def test_receipts__wraps_crossings_fills_series_and_reports__cost_what_they_do_on_anvil(
    site: Site, anvil: Devnet
) -> None:
    found, expected = receipts(site.url), receipts(anvil.url)
    assert len(found) > 20
    assert found == expected
