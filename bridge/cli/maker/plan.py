"""`pargrade maker plan`."""

from bridge.cli.maker.options import MakerRelay
from bridge.cli.market.options import SeriesName, load_key
from bridge.cli.options import ChainUrl, ConfigFile
from pargrade.cli.toolkit.options import AsJson, DeploymentFile, KeyText
from pargrade.cli.toolkit.output import Table, report
from pargrade.units import Price


def plan(
    series: SeriesName,
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    relay: MakerRelay = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Show the ladder that a maker would quote in a series now. Nothing is signed or sent."""
    from bridge.orders.client.trader import Trader
    from bridge.orders.maker.maker import Maker
    from bridge.orders.maker.settings import MakerSettings
    from pargrade.deployment.series import ListedSeries
    from pargrade.deployment.session import open_session

    settings = MakerSettings.read(config, rpc_url=rpc_url, deployment=deployment, relay=relay)
    session = open_session(settings.rpc_url, settings.deployment)
    signer = load_key(key, session.chain.chain_id)
    trader = Trader.connect(settings.relay, session, signer)
    listed = ListedSeries.read(session, series, session.chain.head())
    found = Maker(session, trader, settings).plan(listed)
    rows = [(rung.side.name, Price(rung.price).text(), f"{rung.lots:,}") for rung in found.ladder]
    centre = Price(found.centre).text() if found.centre else "none: the index is not fresh"
    report(
        found.to_json(),
        f"{series}: centre {centre}, holds {found.inventory:+,} lots",
        Table(("side", "price", "lots"), rows, numbers=frozenset({"price", "lots"}))
        if rows
        else "Nothing would be quoted.",
        as_json=as_json,
    )
