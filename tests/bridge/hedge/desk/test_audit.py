"""The hedger's log: what is changed in it, left out, or put in, is named."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bridge.hedge.desk.audit_on_chain import audit_on_chain
from bridge.hedge.log.audit import audit_entries
from bridge.hedge.log.entry import BrokenLog, Kind, LogEntry, read_entries
from bridge.hedge.log.file import HedgeLog
from tests.support.cli import run
from tests.support.hedging import WANTED, TeamDesk, flat_need

pytestmark = pytest.mark.full


def chained_again(entries: list[LogEntry]) -> list[LogEntry]:
    """The same contents, with hashes that fit: what a forger with the file would write."""
    found: list[LogEntry] = []
    for entry in entries:
        last = found[-1] if found else None
        found.append(LogEntry.after(last, entry.instant, entry.kind, entry.body))
    return found


def copied(entries: list[LogEntry]) -> list[LogEntry]:
    return list(read_entries(entry.to_line() for entry in entries))


def change_order(entries: list[LogEntry]) -> None:
    entries[1].body["hash"] = "0x" + "11" * 32


def change_receipt(entries: list[LogEntry]) -> None:
    entries[1].body["receipt"]["sequence"] += 1


def change_signature(entries: list[LogEntry]) -> None:
    entries[1].body["signed"]["signature"] = "0x" + "01" * 64


def change_plan(entries: list[LogEntry]) -> None:
    entries[0].body["document"]["months"][0]["buy_lots"] += 1


def change_fill(entries: list[LogEntry]) -> None:
    entries[2].body["lots"] = WANTED + 1


def change_form(entries: list[LogEntry]) -> None:
    del entries[2].body["order"]


def drop_intention(entries: list[LogEntry]) -> None:
    del entries[0]


def repeat_intention(entries: list[LogEntry]) -> None:
    entries.insert(1, entries[0])


FORGERIES: list[tuple[Callable[[list[LogEntry]], Any], str]] = [
    (change_order, "not the one that the plan decided"),
    (change_receipt, "not signed by the relay"),
    (change_signature, "not signed by the plan's account"),
    (change_plan, "not a plan"),
    (change_fill, "lots filled of"),
    (change_form, "another form"),
    (drop_intention, "not decided on before"),
    (repeat_intention, "decided on twice"),
]


def test_log__of_a_plan__is_whole_and_every_forgery_of_it_is_named(team: TeamDesk, monkeypatch):
    team.ask(WANTED)
    desk = team.desk()
    desk.apply(team.plan(), flat_need())
    path = desk.log_path
    whole = path.read_text()
    entries = HedgeLog.read(path).entries
    assert audit_entries(entries) == []
    assert audit_on_chain(entries, team.session) == []
    [cut] = audit_on_chain(entries[:2], team.session)
    assert f"has filled {WANTED} lots, the log says 0" in cut.why

    for forge, why in FORGERIES:
        forged = copied(entries)
        forge(forged)
        found = audit_entries(chained_again(forged))
        assert any(why in fault.why for fault in found), (forge.__name__, found)

    for line in range(3):
        lines = whole.splitlines()
        raw = json.loads(lines[line])
        raw["time"] += 1
        lines[line] = json.dumps(raw, sort_keys=True)
        with pytest.raises(BrokenLog, match=f"line {line + 1} "):
            list(read_entries(lines))

    head = entries[-1].hash
    words = ("hedge", "audit", "--plans", str(desk.folder), "--json")
    chain = ("--lanes-of", team.venue.market.net.url, "--deployment", str(team.venue.path))
    assert run(*words, "--head", head, *chain).json["faults"] == []
    path.write_text("".join(line + "\n" for line in whole.splitlines()[:2]))
    ended = run(*words, "--head", head)
    assert ended.code == 1
    assert "is not in the log" in json.loads(ended.out)["faults"][0]["why"]


def test_log__with_a_line_cut_off_by_a_crash__goes_on_before_it(tmp_path):
    path = tmp_path / "audit.ndjson"
    with HedgeLog.writing(path) as log:
        for number in range(3):
            log.append(number, Kind.DECLINED, {"plan": str(number), "reasons": []})
    raw = path.read_bytes()
    for cut in range(1, 40):
        path.write_bytes(raw[:-cut])
        with HedgeLog.writing(path) as log:
            assert [entry.sequence for entry in log.entries] == [1, 2]
            log.append(9, Kind.DECLINED, {"plan": "9", "reasons": []})
        assert [entry.sequence for entry in HedgeLog.read(path).entries] == [1, 2, 3]
