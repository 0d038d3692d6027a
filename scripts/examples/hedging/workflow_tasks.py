"""A hedge as tasks of a workflow: plain functions that take and give JSON.

Airflow, Prefect or Dagster wrap each in a decorator of theirs; nothing here needs them. A task may
run again: planning writes the same file again, and carrying out buys nothing twice.
"""

from typing import Any

from place import Place

from bridge.hedge import MarketSnapshot


def read_market() -> dict[str, Any]:
    """Prices and positions now."""
    with Place.of_environment().desk() as desk:
        return desk.market().model_dump(mode="json")


def make_plan(market: dict[str, Any]) -> str:
    """The hash of the plan for that market and today's need."""
    place = Place.of_environment()
    with place.desk() as desk:
        snapshot = MarketSnapshot.model_validate(market)
        return desk.plan(place.need(), snapshot, place.planned()).plan.hash


def what_stands_against(plan: str) -> list[str]:
    """Reasons not to carry the plan out, for a branch or a person."""
    place = Place.of_environment()
    with place.desk() as desk:
        found = desk.judge(plan, place.need(), outlook=place.planned())
    return [each.describe() for each in found]


def carry_out(plan: str) -> dict[str, Any]:
    """What became of the plan. Raises PlanRefused, which fails the task."""
    place = Place.of_environment()
    with place.desk() as desk:
        return desk.apply(plan, place.need(), outlook=place.planned()).to_json()


def run_all() -> dict[str, Any]:
    """The tasks in their order, as a workflow runs them."""
    plan = make_plan(read_market())
    against = what_stands_against(plan)
    return {"plan": plan, "against": against} if against else carry_out(plan)
