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
    """Sign for a node until Ctrl-C: what it promises for a slot, each once and in order.

    CONFIG names the reporter, chain and index; it is that of a committee node or of one of the
    first version. The node's own configuration then says `signer = "http://127.0.0.1:7700"` under
    [key]. A file that is made here signs after the slot in progress. docs/SIGNER.md has the
    protocol and the rules.
    """
    from oracle.cli.common.members import is_member
    from oracle.cli.common.signing import open_member_signer, open_node_signer
    from oracle.node.signer_api import serve
    from pargrade.settings import BadConfig
    from pargrade.web.server import listen

    if not key:
        raise NoKey
    opened = open_member_signer if is_member(config) else open_node_signer
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            opened(config, folder, key, create=create, log_format=log_format) as service,
            listen(host, port) as listening,
        ):
            serve(listening, service)
    except OSError as failure:
        hint = "Another process has the port, or the folder cannot be written."
        raise BadConfig(config, f"signer {host}:{port}: {failure.strerror}", hint) from None
