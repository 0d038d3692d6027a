"""Every series at a glance: where it stands, what is due, and who has still to be paid."""

from dataclasses import dataclass

from bridge.keeper.series_reader import SeriesReader
from bridge.service.service import Service
from pargrade.bindings.structs import Phase
from pargrade.futures.next_action import Due, Standing


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
    standing: Standing
    holders: int
    """Holdings not redeemed yet."""


def status(service: Service) -> tuple[SeriesStatus, ...]:
    """All series in order of listing. Follows first."""
    service.follow()
    ledger = service.follower.ledger
    names = {int(known.series_id): name for name, known in service.deployment.series.items()}
    head = service.chain.head()
    reader = SeriesReader(service.contracts)
    found = []
    for number in ledger.series:
        view, standing = reader.read(number, head)
        holders = sum(map(len, ledger.holders(number).values()))
        if standing.due is Due.REDEEM and not holders:
            standing = Standing(Due.NOTHING, "all paid")
        found.append(
            SeriesStatus(
                series=number,
                name=names.get(number, ""),
                phase=view.phase,
                lots=view.lots,
                price=view.price,
                standing=standing,
                holders=holders,
            )
        )
    return tuple(found)
