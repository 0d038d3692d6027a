"""An external signer of a committee member, served in this process."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oracle.member.config import MemberConfig
from oracle.member.promise_signer import PromiseSigner
from oracle.node.signer_api import create_signer_api
from oracle.protocol_store.promise_journal import FILE, PromiseJournal
from pargrade.chain.keys import Key
from pargrade.web.server import listen, serve_beside


@contextmanager
def opened(path: Path, folder: Path, key: Key) -> Iterator[PromiseSigner]:
    """The signer of a member's configuration; its journal is made when missing."""
    config = MemberConfig.read_file(path)
    if not (folder / FILE).exists():
        PromiseJournal.create(folder, config.owner, 0)
    with closing(PromiseJournal(folder)) as journal:
        yield PromiseSigner(key, config.owner, config.chain.indices, journal)


@contextmanager
def served(path: Path, folder: Path, key: Key) -> Iterator[str]:
    """Its address, while it is served."""
    with (
        opened(path, folder, key) as signer,
        listen("127.0.0.1", 0) as listening,
        serve_beside(create_signer_api(signer), listening),
    ):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def use_signer(path: Path, url: str) -> None:
    """Has a member's file name a signer in place of its key's file."""
    text = path.read_text()
    line = next(each for each in text.splitlines() if each.startswith("file = "))
    path.write_text(text.replace(line, f'signer = "{url}"'))
