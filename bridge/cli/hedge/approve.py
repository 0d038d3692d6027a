"""`pargrade hedge approve`: another person's signature on a plan."""

from typing import Annotated

import typer

from bridge.cli.hedge.desk_options import DEFAULT_PLANS, PlanFolder, PlanHash, plan_named
from bridge.hedge.intake.plan_files import read_plan, write_approval
from bridge.hedge.trade.approval import Approval, approval_domain
from pargrade.chain.block import Tag
from pargrade.cli.toolkit.options import DEFAULT_RPC, AsJson, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.session import NoKey
from pargrade.clock import HOUR_S
from pargrade.deployment.session import open_session
from pargrade.keys.source import load_signer


def approve(
    plan: PlanHash,
    hours: Annotated[
        int, typer.Option(min=1, max=744, help="Hours for which the approval counts.")
    ] = 24,
    plans: PlanFolder = DEFAULT_PLANS,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Sign a plan that another key trades; the policy says who may, and above which cash.

    The approval is a file beside the plan. It is for this plan alone, until its hours are over.
    """
    if not key:
        raise NoKey
    name = plan_named(plan)
    read_plan(plans / f"{name}.json")
    session = open_session(rpc_url, deployment)
    exchange = session.deployment.address("FuturesExchange")
    until = session.chain.block(Tag.LATEST).timestamp + hours * HOUR_S
    domain = approval_domain(session.chain.chain_id, exchange)
    found = Approval.sign(name, until, domain, load_signer(key, lambda: session.chain))
    path = write_approval(found, plans)
    report(
        {"file": str(path), **found.to_json()},
        f"{found.approver} approves {name} for {hours} hours.",
        f"Written: {path}",
        as_json=as_json,
    )
