"""`pargrade futures`: the commands around expiring series."""

from pargrade.cli.futures.claim import claim
from pargrade.cli.futures.create import create
from pargrade.cli.futures.redeem import redeem
from pargrade.cli.futures.settle import settle
from pargrade.cli.futures.statement import statement, verify_statement
from pargrade.cli.futures.trade import merge, open_pairs
from pargrade.cli.futures.views import list_series, show
from pargrade.cli.toolkit.app import new_app

app = new_app(help="List, trade, settle and redeem expiring futures.", no_args_is_help=True)

app.command(
    epilog="Example: pargrade futures create APRIL --style net --grade A1GH:292000 "
    "--start 2026-04-01 --expiry 2026-05-01 --reference 2.31\n\n"
    "Example: pargrade futures create BAND --style banded --low 1.50 --high 4.00 "
    "--start 2026-04-01 --expiry 2026-05-01 --reference 2.31"
)(create)
app.command("list", epilog="Example: pargrade futures list")(list_series)
app.command(epilog="Example: pargrade futures show APRIL")(show)
app.command("open", epilog="Example: pargrade futures open APRIL --contracts 0.5")(open_pairs)
app.command(epilog="Example: pargrade futures merge APRIL --lots 100")(merge)
app.command(epilog="Example: pargrade futures settle APRIL")(settle)
app.command(epilog="Example: pargrade futures redeem APRIL --position short:A1GH")(redeem)
app.command(
    epilog="Example: pargrade futures claim APRIL --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
)(claim)
app.command(epilog="Example: pargrade futures statement APRIL --out statements")(statement)
app.command(
    "verify-statement",
    epilog="Example: pargrade futures verify-statement statements/APRIL.json "
    "--rpc-url http://127.0.0.1:8545",
)(verify_statement)
