"""The journal's settings by name, and the floor that a new entry has to be above."""

from typing import Final

from sqlalchemy import Connection

from oracle.journal.refusals import BelowFloor
from oracle.journal.tables import SETTING
from pargrade.journal.setting_rows import SettingRows

SETTINGS: Final = SettingRows(SETTING)


def require_above_floor(connection: Connection, slot: int) -> None:
    """Raises BelowFloor for a slot that takes no new entry."""
    floor = SETTINGS.read_floor(connection)
    if slot <= floor:
        raise BelowFloor(slot, floor)
