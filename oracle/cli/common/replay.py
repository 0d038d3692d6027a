"""`pargrade oracle replay` of a common report, from the input set that members keep."""

from pathlib import Path

from oracle.audit.common.landed_report import (
    read_landed_report,
    read_rounds,
)
from oracle.audit.common.set_replay import SetReplay, replay_report
from oracle.cli.common.members import chain_of, committees_of, open_stores, read_members
from oracle.member.method_choice import find_method
from oracle.member.past import opening_history
from oracle.node.recording import history_of
from pargrade.cli.toolkit.output import Table, report
from pargrade.errors import PargradeError
from pargrade.units import Price


class ReportDiffers(PargradeError):
    """What a committee signed does not follow from its inputs."""

    hint = "Compare the method and the opening history with those of the members."

    def __init__(self, replayed: SetReplay) -> None:
        self.replayed = replayed
        slot = replayed.landed.report.slot
        signed = [each.value8 for each in replayed.landed.report.figures]
        again = [each.value8 for each in replayed.figures]
        super().__init__(f"round {slot} does not replay: signed {signed}, computed {again}")


def replay_common(
    reference: str, folder: Path, sample: Path | None, rpc_url: str, *, as_json: bool
) -> None:
    """Computes a round again from the input set that a member keeps. Raises ReportDiffers."""
    configs = read_members(folder)
    chain, index = chain_of(configs[0], rpc_url)
    landed = read_landed_report(chain, index, reference)
    committee = landed.stored.committee
    method = find_method(committee.method_hash, index.names[0])
    recording = configs[0].opening if sample is None else sample
    history = None if recording is None else history_of(recording)
    with open_stores(configs) as stores:
        replayed = replay_report(
            landed,
            stores,
            method,
            opening_history(history, configs[0].replay_offset_s),
            read_rounds(chain, index, landed.block),
            committees_of(chain, index),
        )
    _show_replay(replayed, as_json=as_json)
    if not replayed.matches:
        raise ReportDiffers(replayed)


def _show_replay(replayed: SetReplay, *, as_json: bool) -> None:
    landed = replayed.landed
    signed = landed.report
    members = landed.stored.members
    machine = {
        "slot": signed.slot,
        "tx_hash": "0x" + landed.tx_hash.hex(),
        "input_root": "0x" + signed.input_root.hex(),
        "signers": list(landed.signers),
        "signed": [str(each.value8) for each in signed.figures],
        "computed": [str(each.value8) for each in replayed.figures],
        "recorded": {str(number): str(value8) for number, value8 in landed.recorded.items()},
        "match": replayed.matches,
        "lines": replayed.lines,
        "basis": dict(replayed.by_basis),
        "batches": [
            {
                "position": each.position,
                "reporter": members[each.position],
                "lines": each.lines,
                "differing": each.differing,
                "alone": each.alone,
            }
            for each in replayed.batches
        ],
    }
    values = ", ".join(Price(each.value8).text() for each in signed.figures)
    report(
        machine,
        f"Round {signed.slot}: {values} USD per SCU, block {landed.block}, "
        f"{'match' if replayed.matches else 'DIFFERS'}; {replayed.lines} lines agreed",
        Table(
            ("position", "member", "lines", "differ", "alone"),
            [
                (each.position, members[each.position], each.lines, each.differing, each.alone)
                for each in replayed.batches
            ],
            title="Batches",
            numbers=frozenset({"position", "lines", "differ", "alone"}),
        ),
        as_json=as_json,
    )
