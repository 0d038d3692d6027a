"""`pargrade market`: trading over a relay."""

from bridge.cli.market.calls import calls
from bridge.cli.market.cancel import cancel, end
from bridge.cli.market.curve import curve
from bridge.cli.market.onboard import onboard
from bridge.cli.market.orders import orders
from bridge.cli.market.positions import positions
from bridge.cli.market.roll import roll
from bridge.cli.market.trade import buy, sell
from bridge.cli.market.views import book, quote
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True, help="Quote, trade and cancel over an order relay.")

app.command(epilog="Example: pargrade market book NET-A1GH")(book)
app.command(epilog="Example: pargrade market quote buy NET-A1GH --lots 1000")(quote)
app.command(epilog="Example: pargrade market onboard NET-A1GH --dry-run")(onboard)
app.command(epilog="Example: pargrade market buy NET-A1GH --lots 1000 --limit 2.31")(buy)
app.command(epilog="Example: pargrade market sell NET-A1GH --lots 1000 --limit 2.35")(sell)
app.command(epilog="Example: pargrade market orders")(orders)
app.command(epilog="Example: pargrade market cancel 0x5f0c…")(cancel)
app.command(epilog="Example: pargrade market end over.json --dry-run")(end)
app.command(epilog="Example: pargrade market positions")(positions)
app.command(epilog="Example: pargrade market roll NET-MAY NET-JUNE --lots 1000")(roll)
app.command(epilog="Example: pargrade market calls NET-A1GH --daily")(calls)
app.command(epilog="Example: pargrade market curve --plot build/curve.png")(curve)
