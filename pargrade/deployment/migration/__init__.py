"""Positions that go from one market to another: who holds what, what can move, the calls."""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.deployment.migration.likeness import Destination as Destination
    from pargrade.deployment.migration.move import list_missing as list_missing
    from pargrade.deployment.migration.move import listing_calls as listing_calls
    from pargrade.deployment.migration.move import migrate as migrate
    from pargrade.deployment.migration.outcome import LotCount as LotCount
    from pargrade.deployment.migration.plan import Migration as Migration

__getattr__, __dir__ = face(__name__)
