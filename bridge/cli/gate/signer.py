"""`pargrade bridge signer`: an attester's key in a process of its own, with its own watermark."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.gate.options import HttpPort, RouteArgument
from pargrade.cli.toolkit.options import KeyText, LogFormatOption
from pargrade.cli.toolkit.output import progress
from pargrade.cli.toolkit.session import NoKey

_PORT = 7701


def signer(
    route: RouteArgument,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the signer's file.", file_okay=False)
    ],
    create: Annotated[
        bool, typer.Option("--create", help="Make its file, for a key that has none.")
    ] = False,
    key_is_new: Annotated[
        bool, typer.Option("--key-is-new", help="The key has never attested anything.")
    ] = False,
    http_port: HttpPort = None,
    key: KeyText = "",
    log_format: LogFormatOption = None,
) -> None:
    """Sign for an attester until Ctrl-C: transfers of one route, each message with one content.

    The attester then runs with --key signer:http://127.0.0.1:PORT. A file that is made here signs
    nothing that has left by now, unless the key is new. It listens on loopback and asks for no
    password: keep it behind the host's own walls. The protocol is in docs/SIGNER.md.
    """
    from bridge.gate.health.api import serving
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.signer.api import create_signer_api
    from bridge.gate.signer.service import MessageSigner
    from bridge.gate.signer.store import FILE, SignedMessages, owner_of
    from pargrade.chain.block import Tag
    from pargrade.keys.source import load_local_key
    from pargrade.logs.handler import set_up_logs
    from pargrade.logs.log_format import LogFormat

    if not key:
        raise NoKey
    pair = RoutePair.open(RouteFile.read(route))
    loaded = load_local_key(key)
    set_up_logs(f"signer-{loaded.address}", log_format or LogFormat.TEXT)
    floors = None
    if create:
        ends = ((pair.remote, pair.home), (pair.home, pair.remote))
        floors = {
            to.chain.chain_id: 0
            if key_is_new
            else source.gate.last_nonce(pair.route.id, block=Tag.LATEST)
            for to, source in ends
        }
    folder.mkdir(parents=True, exist_ok=True)
    signed = SignedMessages(folder / FILE, owner_of(loaded.address, pair.route), floors)
    api = create_signer_api(MessageSigner(loaded, pair.route, signed))
    try:
        with serving(api, "127.0.0.1", _PORT if http_port is None else http_port) as bound:
            progress(f"signs for {loaded.address} at http://127.0.0.1:{bound}; Ctrl-C ends it")
            threading.Event().wait()
    finally:
        signed.close()
