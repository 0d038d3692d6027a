"""Hedging: from workload metrics to a locked price, for commands and for pipelines alike.

    from bridge.hedge import HedgeDesk, How, Policy, expose, gpu_hours, read_files, read_settings

    policy = read_settings(Policy, Path("hedge.yaml"))
    exposure = expose(read_files([Path("days.csv")], How()), gpu_hours())
    with HedgeDesk.open(policy, Path("plans"), relay_url=…, rpc_url=…, account=…, key=…) as desk:
        planned = desk.plan(exposure, desk.market())
        outcome = desk.apply(planned.plan.hash, exposure)

`scripts/examples/` has a scheduled job, a step of CI, tasks of a workflow and a webhook.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from bridge.hedge.desk.desk import HedgeDesk as HedgeDesk
    from bridge.hedge.desk.outcome import Outcome as Outcome
    from bridge.hedge.exposure.choices import completion_tokens as completion_tokens
    from bridge.hedge.exposure.choices import gpu_hours as gpu_hours
    from bridge.hedge.exposure.choices import spend as spend
    from bridge.hedge.exposure.exposure import Exposure as Exposure
    from bridge.hedge.exposure.exposure import UsageChoice as UsageChoice
    from bridge.hedge.exposure.exposure import expose as expose
    from bridge.hedge.forecast.outlook import Launch as Launch
    from bridge.hedge.forecast.outlook import Outlook as Outlook
    from bridge.hedge.intake.files import How as How
    from bridge.hedge.intake.files import read_files as read_files
    from bridge.hedge.intake.plan_files import write_approval as write_approval
    from bridge.hedge.intake.prometheus_http import fetch_range as fetch_range
    from bridge.hedge.intake.settings_files import read_settings as read_settings
    from bridge.hedge.plan.drift import moved_since as moved_since
    from bridge.hedge.plan.drift import standings as standings
    from bridge.hedge.plan.policy import MarketSnapshot as MarketSnapshot
    from bridge.hedge.plan.policy import Policy as Policy
    from bridge.hedge.trade.objection import Objection as Objection
    from bridge.hedge.trade.objection import PlanRefused as PlanRefused

__getattr__, __dir__ = face(__name__)
