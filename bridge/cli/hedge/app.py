"""`pargrade hedge`: from metrics to a plan, and from a plan to hedges and their log."""

from bridge.cli.hedge.apply import apply
from bridge.cli.hedge.approve import approve
from bridge.cli.hedge.audit import audit
from bridge.cli.hedge.backtest import backtest
from bridge.cli.hedge.bill import bill
from bridge.cli.hedge.drift import drift
from bridge.cli.hedge.exits import roll, unwind
from bridge.cli.hedge.exposure import exposure
from bridge.cli.hedge.fetch import fetch
from bridge.cli.hedge.forecast import forecast
from bridge.cli.hedge.market import market
from bridge.cli.hedge.once import once
from bridge.cli.hedge.plan import plan
from bridge.cli.hedge.read import read
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True, help="Turn a team's metrics into a locked price.")
app.command(epilog="Example: pargrade hedge read monday.txt --at 2026-04-06T08:00Z")(read)
app.command(
    epilog="Example: pargrade hedge fetch http://prometheus:9090 --since 2026-03-01 "
    "--until 2026-04-01"
)(fetch)
app.command(epilog="Example: pargrade hedge exposure range.json --by tokens --explain")(exposure)
app.command(epilog="Example: pargrade hedge forecast days.csv --by gpu-hours --months 6")(forecast)
app.command(epilog="Example: pargrade hedge market --policy hedge.yaml --json")(market)
app.command(
    epilog="Example: pargrade hedge plan days.csv --by gpu-hours --policy hedge.yaml "
    "--market market.yaml"
)(plan)
app.command(
    epilog="Example: pargrade hedge drift days.csv --by gpu-hours --policy hedge.yaml "
    "--market market.yaml"
)(drift)
app.command(epilog="Example: pargrade hedge approve 0x5f0c… --key keystore:second.json")(approve)
app.command(
    epilog="Example: pargrade hedge apply 0x5f0c… days.csv --by gpu-hours --policy hedge.yaml"
)(apply)
app.command(epilog="Example: pargrade hedge unwind NET-A1GH --policy hedge.yaml")(unwind)
app.command(epilog="Example: pargrade hedge roll NET-APR NET-MAY --policy hedge.yaml")(roll)
app.command(epilog="Example: pargrade hedge audit --head 0x5f0c…")(audit)
app.command(epilog="Example: pargrade hedge bill --focus hedges.csv")(bill)
app.command(epilog="Example: pargrade hedge once days.csv --by gpu-hours --policy hedge.yaml")(once)
app.command(epilog="Example: pargrade hedge backtest lists.csv --plot backtest.png")(backtest)
