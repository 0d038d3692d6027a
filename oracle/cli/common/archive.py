"""`pargrade oracle member archive`: a member's archived days beside the chain."""

from dataclasses import asdict
from pathlib import Path

from oracle.audit.common.archived_days import ArchivedDay, audit_days
from oracle.audit.common.landed_report import read_rounds
from oracle.cli.common.members import chain_of, committees_of
from oracle.member.config import MemberConfig
from oracle.protocol_store.set_archive import SetArchive
from pargrade.cli.toolkit.output import Table, report
from pargrade.errors import PargradeError


class DayDiffers(PargradeError):
    """An archived day is not what the chain recorded, or is damaged."""

    hint = "Move its folder away and copy that of another member, whose bytes are the same."

    def __init__(self, day: ArchivedDay) -> None:
        self.day = day
        found = f"root 0x{day.root.hex()}, on chain 0x{day.chain_root.hex()}"
        lacks = f", no whole set of slots {list(day.missing[:5])}" if day.missing else ""
        super().__init__(f"{day.part}: {found}{lacks}")


def show_archive(path: Path, rpc_url: str, *, as_json: bool) -> None:
    """Reads every archived set of a member and the chain. Raises DayDiffers after showing all."""
    config = MemberConfig.read_file(path)
    chain, index = chain_of(config, rpc_url)
    rounds = read_rounds(chain, index, chain.head().number)
    days = list(audit_days(SetArchive(config.data), rounds, committees_of(chain, index)))
    report(
        {"days": [_to_json(each) for each in days]},
        Table(
            ("part", "rounds", "bytes", "root", "chain"),
            [
                (
                    each.part,
                    each.rounds,
                    each.size,
                    f"0x{each.root.hex()}",
                    "same" if each.is_sound else "DIFFERS",
                )
                for each in days
            ],
            title=f"Archived days of {config.name}",
            numbers=frozenset({"rounds", "bytes"}),
        ),
        as_json=as_json,
    )
    for each in days:
        if not each.is_sound:
            raise DayDiffers(each)


def _to_json(day: ArchivedDay) -> dict[str, object]:
    return {
        **asdict(day),
        "root": f"0x{day.root.hex()}",
        "chain_root": f"0x{day.chain_root.hex()}",
        "missing": list(day.missing),
        "sound": day.is_sound,
    }
