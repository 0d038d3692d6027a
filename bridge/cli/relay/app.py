"""`pargrade relay`: a relay as a service, and the audit of its log."""

from bridge.cli.relay.audit import audit
from bridge.cli.relay.fills import fills
from bridge.cli.relay.log import log
from bridge.cli.relay.run import run
from pargrade.cli.toolkit.app import new_app

app = new_app(no_args_is_help=True, help="Run an order relay, and audit one.")

app.command(epilog="Example: pargrade relay run relay.toml --http-port 8575")(run)
app.command(epilog="Example: pargrade relay log log.ndjson --relay https://relay.example")(log)
app.command(epilog="Example: pargrade relay audit log.ndjson --receipts receipts.ndjson")(audit)
app.command(epilog="Example: pargrade relay fills fills.ndjson")(fills)
