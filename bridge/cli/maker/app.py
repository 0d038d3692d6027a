"""`pargrade maker`: a market maker as a service, and what it would quote."""

from bridge.cli.maker.plan import plan
from bridge.cli.maker.run import run
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True, help="Quote both sides of series at a relay.")

app.command(epilog="Example: pargrade maker run maker.toml")(run)
app.command(epilog="Example: pargrade maker plan NET-A1GH")(plan)
