"""Damaged files: what is read is exactly what is there, or there is a named error.

Damage of which the right reading is known is checked against it. Damage by random bytes is checked
to end in a reading or a named error, and never in anything else.
"""

import random
from collections import Counter

import pytest

from bridge.hedge.intake.files import How, read_files
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.usage import Flaw
from tests.support.workloads import SCRAPED, STARTS, WORKLOADS, every_workload, totals

HOW = How(starts_ns=STARTS, at_ns=(SCRAPED,))
ROWS = ["focus_1_0.csv", "litellm_logs.csv", "days.csv", "trace.csv", "requests.jsonl"]
INSERTED = [
    *(b'"', b",", b"\n", b"NaN", b"-", b"NULL", b"1e400", b"\0", b"{", b"\xff", b"9" * 400),
]
QUICK = 40
DEEP = 10_000


def read_bytes(folder, name, raw):
    path = folder / name
    path.write_bytes(raw)
    return read_files([path], HOW)


def each_usage(reading):
    """Usages of the reading, without regard to how many rows were summed for each."""
    return totals(reading.usages)


def truncated(raw, chance):
    return raw[: chance.randrange(len(raw))]


def spoiled(raw, chance):
    """A few bytes replaced, removed, inserted or moved."""
    damaged = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(damaged) + 1)
        match chance.randrange(5):
            case 0:
                damaged[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del damaged[place : place + chance.randint(1, 30)]
            case 2:
                damaged[place:place] = chance.choice(
                    [
                        b'"',
                        b",",
                        b"\n",
                        b"NaN",
                        b"-",
                        b"NULL",
                        b"1e400",
                        b"\0",
                        b"{",
                        b"\xff",
                        b"9" * 400,
                    ]
                )
            case 3:
                start = chance.randrange(len(damaged) + 1)
                damaged[place:place] = damaged[start : start + chance.randint(1, 200)]
            case 4:
                damaged = damaged[: chance.randrange(len(damaged) + 1)] or bytearray(b"x")
    return bytes(damaged)


def survives(folder, name, raw):
    try:
        reading = read_bytes(folder, name, raw)
    except Unreadable:
        return
    for usage in reading.usages:
        assert usage.end_ns >= usage.start_ns
        assert isinstance(usage.amount, int) or usage.amount.denominator > 1
    assert all(isinstance(refusal.reason, Flaw) for refusal in reading.refused)


@pytest.mark.parametrize("path", every_workload(), ids=lambda path: path.name)
def test_any_file__with_random_damage__is_read_or_refused_by_name(path, tmp_path):
    chance = random.Random(path.name)
    raw = path.read_bytes()[:20_000]
    for _ in range(QUICK):
        survives(tmp_path, path.name, spoiled(raw, chance))


@pytest.mark.deep
@pytest.mark.parametrize("path", every_workload(), ids=lambda path: path.name)
def test_any_file__with_much_random_damage__is_read_or_refused_by_name(path, tmp_path):
    chance = random.Random(f"deep {path.name}")
    raw = path.read_bytes()[:20_000]
    for _ in range(DEEP // len(every_workload()) + 1):
        survives(tmp_path, path.name, spoiled(raw, chance))


@pytest.mark.parametrize("name", ROWS)
def test_rows__cut_anywhere__give_what_the_rows_before_give(name, tmp_path):
    """Every row that still ends is read as before, and the cut one not at all."""
    raw = (WORKLOADS / name).read_bytes()
    chance = random.Random(name)
    for _ in range(QUICK):
        cut = truncated(raw, chance)
        whole = cut[: cut.rfind(b"\n") + 1]
        try:
            expected = read_bytes(tmp_path, name, whole)
            found = read_bytes(tmp_path, name, cut)
        except Unreadable:
            continue
        surplus = each_usage(found) - each_usage(expected)
        # A cut row counts where its last field is no amount: then all its amounts are whole.
        if surplus:
            upto = raw[: raw.index(b"\n", len(cut)) + 1]
            full = each_usage(read_bytes(tmp_path, name, upto))
            assert each_usage(found) == full


@pytest.mark.parametrize("name", ROWS)
def test_rows__in_another_order__give_the_same(name, tmp_path):
    header, *rows = (WORKLOADS / name).read_bytes().splitlines(keepends=True)
    if name.endswith("jsonl"):
        header, rows = b"", [header, *rows]
    expected = read_bytes(tmp_path, name, header + b"".join(rows))
    chance = random.Random(name)
    for _ in range(10):
        chance.shuffle(rows)
        found = read_bytes(tmp_path, name, header + b"".join(rows))
        assert each_usage(found) == each_usage(expected)
        assert reasons(found) == reasons(expected)


def reasons(reading):
    return Counter(refusal.reason for refusal in reading.refused)


@pytest.mark.parametrize("name", ROWS)
def test_rows__repeated__count_once_and_are_refused_as_duplicates(name, tmp_path):
    header, *rows = (WORKLOADS / name).read_bytes().splitlines(keepends=True)
    if name.endswith("jsonl"):
        header, rows = b"", [header, *rows]
    expected = read_bytes(tmp_path, name, header + b"".join(rows))
    found = read_bytes(tmp_path, name, header + b"".join(rows * 3))
    assert each_usage(found) == each_usage(expected)
    assert reasons(found)[Flaw.DUPLICATE] > reasons(expected)[Flaw.DUPLICATE]


def test_times__in_other_zones__give_the_same(tmp_path):
    text = (WORKLOADS / "focus_1_0.csv").read_text()
    expected = read_bytes(tmp_path, "f.csv", text.encode())
    moved = text.replace(" 00:00:00", " 05:30:00+05:30").replace(" 01:00:00", " 03:00:00 +0200")
    assert moved != text
    assert each_usage(read_bytes(tmp_path, "f.csv", moved.encode())) == each_usage(expected)
    named = text.replace(" 01:00:00", " 01:00:00 PST")
    assert reasons(read_bytes(tmp_path, "f.csv", named.encode()))[Flaw.BAD_TIME] == 2


def test_units__of_thousands_for_single_ones__give_the_same(tmp_path):
    text = (WORKLOADS / "focus_1_0.csv").read_text()
    expected = read_bytes(tmp_path, "f.csv", text.encode())
    single = text.replace('"250","1K Tokens"', '"250000","Tokens"')
    single = single.replace('"1.5","1M"', '"1500","1K"')
    assert single != text
    assert each_usage(read_bytes(tmp_path, "f.csv", single.encode())) == each_usage(expected)


@pytest.mark.parametrize("name", ["litellm_logs.csv", "trace.csv", "days.csv"])
def test_counts__made_negative__are_refused(name, tmp_path):
    header, *rows = (WORKLOADS / name).read_text().splitlines(keepends=True)
    text = header + rows[0].replace(",100,", ",-100,").replace(",4808,", ",-4808,").replace(
        ",1000,", ",-1000,"
    )
    reading = read_bytes(tmp_path, name, text.encode())
    assert reading.usages == ()
    assert reasons(reading) == {Flaw.NEGATIVE: 1}
