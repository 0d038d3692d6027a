"""`pargrade bridge check`: what a bridge needs, before and while it runs."""

from bridge.cli.options import ChainUrl, ConfigFile, Database
from pargrade.cli.toolkit.options import AsJson, DeploymentFile, KeyText


def check(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Look at all that a bridge needs, say what is wrong and how to mend it. Sends nothing.

    Looked at are each endpoint alone (chain, age of its head, blocks behind), this clock against
    the chain's, the deployment, the database and its disk, the key, and its balance against the
    fees of 30 days. Exit code 0: nothing is wrong; 1: something is; a warning is not.
    """
    from bridge.service.check import check_bridge
    from bridge.service.settings import Settings
    from pargrade.cli.toolkit.findings import report_findings

    settings = Settings.read(config, rpc_url=rpc_url, deployment=deployment, database=database)
    report_findings(check_bridge(settings, key), as_json=as_json)
