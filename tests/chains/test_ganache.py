"""Ganache stops before Cancun: nothing is deployed on it, and one error names the fork."""

from collections.abc import Iterator

import pytest

from pargrade.chain.block import Tag
from pargrade.devnet.accounts import ADMIN
from tests.support.foreign_chain import Site, node_program, served_site

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    def command(port: int) -> tuple[str, ...]:
        keys = ("--wallet.mnemonic", "test test test test test test test test test test test junk")
        place = ("--server.host", "127.0.0.1", "--server.port", str(port))
        return node_program("ganache", *keys, *place)

    with served_site("ganache", tmp_path_factory.mktemp("ganache"), command) as found:
        yield found


@pytest.mark.parametrize("line", ["pargrade deploy", "pargrade deploy --dry-run"])
def test_deploy__ganache__names_the_fork_it_lacks_and_changes_nothing(site, line):
    head = site.chain.head().number
    refused = site.run(line)
    assert refused.returncode == 1
    assert refused.stderr.count("error:") == 1
    assert "Cancun" in refused.stderr
    assert "hint: " in refused.stderr
    assert site.chain.head().number == head
    assert site.chain.nonce(ADMIN.address, block=Tag.LATEST) == 0
    assert not (site.folder / "deployments").exists()
