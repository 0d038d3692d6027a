"""A hedge as a scheduled job: every morning the need is looked at, planned on, and locked.

python scripts/examples/hedging/scheduled_job.py [SECONDS]   # every day at six, or every SECONDS
"""

import logging
import sys

from apscheduler.schedulers.blocking import BlockingScheduler
from place import Place

from pargrade.errors import PargradeError

_log = logging.getLogger("hedging")


def hedge_once(place: Place) -> str:
    """Plans on today's need and carries the plan out. What refuses it is logged, not retried."""
    try:
        need, outlook = place.need(), place.planned()
        with place.desk() as desk:
            plan = desk.plan(need, desk.market(), outlook).plan
            if not any(month.buy_lots for month in plan.months):
                return "nothing to buy"
            outcome = desk.apply(plan.hash, need, outlook=outlook)
    except PargradeError as refused:
        _log.warning("not hedged: %s", refused)
        return f"refused: {refused}"
    bought = sum(order.filled for order in outcome.orders)
    _log.info("bought %d lots by plan %s", bought, plan.hash)
    return f"bought {bought} lots"


def main(seconds: int | None = None) -> None:
    """Runs until it is ended. A run that is missed or still going is not made up for."""
    logging.basicConfig(level=logging.INFO)
    scheduler = BlockingScheduler(timezone="UTC")
    when = {"trigger": "cron", "hour": 6} if seconds is None else {"trigger": "interval"}
    if seconds is not None:
        when["seconds"] = seconds
    scheduler.add_job(
        hedge_once, args=(Place.of_environment(),), max_instances=1, coalesce=True, **when
    )
    scheduler.start()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
