"""Every series at a glance: its phase, what is due, and who has still to be paid."""

from dataclasses import dataclass

from bridge.service.service import Service
from pargrade.bindings.structs import Phase, SeriesView
from pargrade.deployment.series_state import read_next_action
from pargrade.futures.next_action import Action, NextAction


@dataclass(frozen=True, slots=True)
class SeriesStatus:
    """One series at the newest block."""

    series: int
    name: str
    """As in the deployment file; empty when it is not listed there."""
    phase: Phase
    lots: int
    price: int
    """S, 8 decimals; 0 before it is proposed, and when delivered."""
    next_action: NextAction
    holders: int
    """Holdings not redeemed yet."""


def status(service: Service) -> tuple[SeriesStatus, ...]:
    """All series in order of listing. Follows first."""
    service.follow()
    ledger = service.follower.ledger
    names = {int(known.series_id): name for name, known in service.deployment.series.items()}
    head = service.chain.head()
    found = []
    for number in ledger.series:
        view = service.contracts.market.series(number, block=head)
        holders = sum(map(len, ledger.holders(number).values()))
        due = read_next_action(view, service.contracts.index, head)
        found.append(_status_of(number, names.get(number, ""), view, due, holders))
    return tuple(found)


def _status_of(
    number: int, name: str, view: SeriesView, due: NextAction, holders: int
) -> SeriesStatus:
    if due.action is Action.REDEEM and not holders:
        due = NextAction(Action.NOTHING, "all paid", view.phase)
    return SeriesStatus(
        series=number,
        name=name,
        phase=view.phase,
        lots=view.lots,
        price=view.price,
        next_action=due,
        holders=holders,
    )
