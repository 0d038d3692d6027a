"""`pargrade oracle signer`: a key in a process of its own, with its own watermark."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.options import NodeFile
from pargrade.cli.toolkit.options import KeyText, LogFormatOption
from pargrade.cli.toolkit.session import NoKey


def signer(
    config: NodeFile,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the signer's file.", file_okay=False)
    ],
    key: KeyText = "",
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 7700,
    create: Annotated[
        bool, typer.Option("--create", help="Make its file, for a key that has none.")
    ] = False,
    log_format: LogFormatOption = None,
) -> None:
    """Sign for a node until Ctrl-C: observations of its index, each slot once and in order.

    CONFIG names the reporter, chain and index. The node's own configuration then says
    `signer = "http://127.0.0.1:7700"` under [key]. A file that is made here signs after the slot
    in progress. The protocol is in docs/SIGNER.md.
    """
    from oracle.journal.watermark import measure_floor
    from oracle.node.config import NodeConfig
    from oracle.node.signer_api import serve
    from oracle.node.signer_service import FILE, SignerService, SignerStore
    from pargrade.keys.source import load_local_key
    from pargrade.logs.handler import set_up_logs
    from pargrade.settings import BadConfig
    from pargrade.web.server import listen

    node = NodeConfig.read_file(config).with_log_format(log_format)
    set_up_logs(f"signer-{node.reporter}", node.log_format)
    if not key:
        raise NoKey
    loaded = load_local_key(key)
    if loaded.address != node.reporter:
        raise BadConfig(config, f"the key is of {loaded.address}, the reporter is {node.reporter}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new_after = measure_floor(node.chain.index, node.outside()) if create else None
        store = SignerStore(folder / FILE, node.owner, new_after)
        with listen(host, port) as listening:
            serve(listening, SignerService(loaded, node.owner, store))
    except OSError as failure:
        hint = "Another process has the port, or the folder cannot be written."
        raise BadConfig(config, f"signer {host}:{port}: {failure.strerror}", hint) from None
