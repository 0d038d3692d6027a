"""`pargrade oracle check`: what a node needs, before and while it runs."""

from oracle.cli.options import NodeFile
from pargrade.cli.toolkit.options import AsJson


def check(config: NodeFile, as_json: AsJson = False) -> None:
    """Look at all that a node needs, say what is wrong and how to mend it. Changes nothing.

    Looked at are the key, each endpoint alone (chain, age of its head, blocks behind), this clock
    against the chain's, registration, the balance against the fees of 30 days, the age of quotes,
    peers, journal and disk. Exit code 0: nothing is wrong; 1: something is; a warning is not.
    """
    from oracle.node.check import check_node
    from oracle.node.config import NodeConfig
    from pargrade.cli.toolkit.findings import report_findings

    report_findings(check_node(NodeConfig.read(config)), as_json=as_json)
