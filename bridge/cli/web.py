"""`pargrade web`: the page in a browser on this machine."""

import json
import threading
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import ChainUrl, ConfigFile
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, DeploymentFile
from pargrade.cli.toolkit.output import progress, report

app = new_app(help="Look at the index, units, market, hedges and network in a browser.")


@app.command(epilog="Example: pargrade web --relay http://127.0.0.1:8575")
def web(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    routes: Annotated[
        list[str] | None,
        typer.Option(
            "--route", "--routes", metavar="FILE", help="Route file; its chains are shown, too."
        ),
    ] = None,
    relay_url: Annotated[
        str | None,
        typer.Option(
            "--relay", "--relay-url", metavar="URL", help="The relay's API.", show_default="none"
        ),
    ] = None,
    stream_url: Annotated[
        str | None,
        typer.Option(
            "--stream", "--stream-url", metavar="URL", help="Its WebSocket.", show_default="none"
        ),
    ] = None,
    nodes: Annotated[
        list[str] | None, typer.Option("--node", metavar="URL", help="An oracle node.")
    ] = None,
    services: Annotated[
        list[str] | None,
        typer.Option(
            "--service", "--services", metavar="URL", help="Whatever else serves /health."
        ),
    ] = None,
    plans: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of plans, approvals and the log.",
            show_default="none",
            file_okay=False,
        ),
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Port of the page; 0 for a free one.", show_default="8580"
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the page to an empty folder for any web server, and end.",
            show_default="none",
            file_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the page to this machine's browsers until Ctrl-C.

    Reading needs a chain and its deployment file, nothing else. Nodes add the inputs of rounds, a
    relay the book, route files the other chains, a folder the hedge plans. What cannot be
    reached is said on the page, with what was last known. With --json, one line with the URL.
    A page of --export reads from the endpoint itself, which everyone who opens it gets to know.
    """
    from bridge.web.export import export_page
    from bridge.web.service import serving_page
    from bridge.web.settings import WebSettings
    from bridge.web.sources import PageSources

    settings = WebSettings.read(
        config,
        rpc_url=rpc_url,
        deployment=deployment,
        routes=routes or None,
        relay_url=relay_url,
        stream_url=stream_url,
        nodes=nodes or None,
        services=services or None,
        plans=plans,
        http_port=http_port,
    )
    sources = PageSources.open(settings)
    if export is not None:
        endpoints = export_page(sources, export)
        report(
            {"folder": str(export), "endpoints": {str(n): url for n, url in endpoints.items()}},
            f"{export} is the page; it reads from {', '.join(endpoints.values())}",
            as_json=as_json,
        )
        return
    with serving_page(sources, settings.http_port) as url:
        if as_json:
            print(json.dumps({"url": url}), flush=True)
        else:
            progress(f"the page: {url}; Ctrl-C ends it")
        threading.Event().wait()
