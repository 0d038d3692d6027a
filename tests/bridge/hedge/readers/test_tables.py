"""LiteLLM, OpenCost, plain tables and traces: what each row gives, and why others are refused."""

import gzip
import json
from fractions import Fraction

import pytest

from bridge.hedge.intake.files import How, UnreadableFile, read_files
from bridge.hedge.readers.errors import (
    MissingColumns,
    RelativeTime,
    RepeatedColumn,
    UnknownColumns,
    Unreadable,
)
from bridge.hedge.readers.litellm import read_litellm_csv, read_litellm_json
from bridge.hedge.readers.opencost import read_opencost
from bridge.hedge.readers.plain import read_json_lines, read_plain_csv
from bridge.hedge.readers.usage import Flaw
from tests.support.workloads import STARTS, WORKLOADS, read, totals

CHAT = ("", "chat", "acme/chat-70b", "")


def reasons(reading):
    return [refusal.reason for refusal in reading.refused]


def test_litellm_logs__with_a_repeat_a_wrong_total_and_nan__give_the_others():
    reading = read(WORKLOADS / "litellm_logs.csv")
    assert totals(reading.usages) == {
        ("requests", *CHAT): 3,
        ("prompt_tokens", *CHAT): 120,
        ("completion_tokens", *CHAT): 60,
        ("spend", "USD", *CHAT[1:]): Fraction(135, 10_000),
    }
    assert reasons(reading) == [
        Flaw.DUPLICATE,
        Flaw.CONTRADICTION,
        Flaw.NOT_A_NUMBER,
        Flaw.BACKWARDS,
    ]


def test_litellm_daily__same_key_again__counts_once():
    reading = read(WORKLOADS / "litellm_daily.json")
    found = totals(reading.usages)
    assert found["prompt_tokens", *CHAT] == 3_000
    assert found["spend", "USD", *CHAT[1:]] == Fraction(3, 2)
    assert reasons(reading) == [Flaw.DUPLICATE, Flaw.NEGATIVE]


def test_litellm__without_tokens__names_the_columns():
    with pytest.raises(MissingColumns, match="prompt_tokens, completion_tokens"):
        read_litellm_csv("request_id,startTime,spend\n")
    with pytest.raises(Unreadable, match="no list"):
        read_litellm_json('{"data": 5}')


def test_opencost__broken_hours_and_hours_in_minutes__are_refused():
    reading = read(WORKLOADS / "opencost.json")
    by_team = {usage.subject.team: usage.amount for usage in reading.usages}
    assert by_team["chat"] == Fraction("191.946667")
    assert by_team["batch"] == by_team["__idle__"] == 24
    assert reasons(reading) == [Flaw.MISSING, Flaw.CONTRADICTION]


def test_opencost__same_window_twice__counts_once_and_an_overlap_is_refused():
    row = (
        '"a":{"start":"2026-03-01T00:00:00Z","end":"2026-03-0%dT00:00:00Z","minutes":%d,'
        '"gpuHours":%d,"gpuCount":1}'
    )
    first, second = row % (2, 1440, 24), row % (3, 2880, 48)
    text = '{"code":200,"data":[{%s},{%s},{%s}]}' % (first, first, second)  # noqa: UP031
    reading = read_opencost(text)
    assert sum(usage.amount for usage in reading.usages) == 24
    assert reasons(reading) == [Flaw.DUPLICATE, Flaw.OVERLAP]


def test_opencost__an_error__is_named():
    with pytest.raises(Unreadable, match="OpenCost answered 500"):
        read_opencost('{"code":500,"data":null}')


def test_table__days_with_thousands_blanks_and_slashes__gives_the_rest():
    reading = read(WORKLOADS / "days.csv")
    assert totals(reading.usages) == {
        ("prompt_tokens", "", "chat", "", ""): 3_000,
        ("completion_tokens", "", "chat", "", ""): 5_500,
        ("gpu_hours", "", "chat", "", ""): Fraction(97, 2),
    }
    assert reasons(reading) == [
        Flaw.MISSING,
        Flaw.MALFORMED,
        Flaw.AMBIGUOUS_DATE,
        Flaw.MALFORMED,
        Flaw.DUPLICATE,
        Flaw.MALFORMED,
    ]


def test_trace__with_seven_digits_and_no_zone__is_utc():
    reading = read(WORKLOADS / "trace.csv")
    assert len(reading.usages) == 6
    assert reading.usages[0].start_ns % 10**9 == 979_960_000


def test_rates__with_a_missing_window__count_the_others_and_say_so():
    reading = read(WORKLOADS / "rate.csv")
    assert sum(usage.amount for usage in reading.usages) == 600 * Fraction("31.5")
    assert "1 windows are missing" in reading.notes[0]


def test_relative_times__without_a_start__are_refused():
    for name in ("rate.csv", "requests.jsonl"):
        with pytest.raises(UnreadableFile) as failure:
            read_files([WORKLOADS / name], How())
        assert isinstance(failure.value.cause, RelativeTime)
        assert "--starts" in failure.value.hint


def test_json_lines__a_cut_line__is_refused_and_the_others_count():
    text = (WORKLOADS / "requests.jsonl").read_text()
    reading = read_json_lines(text[:-10], STARTS)
    assert reasons(reading) == [Flaw.MALFORMED]
    assert len(reading.usages) == 4


def test_table__of_unknown_or_repeated_columns__is_refused_whole():
    with pytest.raises(UnknownColumns, match="tokens_trailing_week"):
        read_plain_csv("snapshot_date,tokens_trailing_week_top9_authors\n2026-03-28,1\n")
    with pytest.raises(RepeatedColumn):
        read_plain_csv("day,prompt_tokens,input_tokens\n2026-04-01,1,1\n")
    with pytest.raises(RepeatedColumn):
        read_plain_csv("day,tokens,tokens\n2026-04-01,1,1\n")
    with pytest.raises(MissingColumns):
        read_plain_csv("prompt_tokens,team\n1,a\n")


def test_table__whose_last_line_has_no_end__refuses_it_when_an_amount_is_last():
    cut = read_plain_csv("day,prompt_tokens\n2026-04-01,1\n2026-04-02,23")
    assert reasons(cut) == [Flaw.CUT_OFF]
    assert sum(usage.amount for usage in cut.usages) == 1
    kept = read_plain_csv("day,prompt_tokens,remark\n2026-04-01,1,x\n2026-04-02,23,y")
    assert sum(usage.amount for usage in kept.usages) == 24


def test_table__total_beside_its_parts__is_checked_and_not_counted_again():
    text = "day,prompt_tokens,completion_tokens,total_tokens\n2026-04-01,1,2,%d\n"
    good = read_plain_csv(text % 3)
    assert {key[0] for key in totals(good.usages)} == {"prompt_tokens", "completion_tokens"}
    assert reasons(read_plain_csv(text % 4)) == [Flaw.CONTRADICTION]


def of_day(prompts, completions, requests):
    return {
        "spend": 0.5,
        "prompt_tokens": prompts,
        "completion_tokens": completions,
        "total_tokens": prompts + completions,
        "api_requests": requests,
    }


ACTIVITY = {
    "results": [
        {
            "date": "2026-03-01",
            "metrics": of_day(100, 50, 3),
            "breakdown": {
                "models": {
                    "a": {"metrics": of_day(60, 40, 2)},
                    "b": {"metrics": of_day(40, 10, 1)},
                }
            },
        }
    ],
    "metadata": {"total_pages": 1},
}


def test_daily_activity__of_the_proxy__is_read_by_model_and_has_to_add_up(tmp_path):
    path = tmp_path / "activity.json"
    path.write_text(json.dumps(ACTIVITY))
    found = totals(read(path).usages)
    assert found["completion_tokens", "", "", "a", ""] == 40
    assert found["prompt_tokens", "", "", "b", ""] == 40
    other = json.loads(path.read_text())
    other["results"][0]["metrics"]["prompt_tokens"] = 101
    other["results"][0]["metrics"]["total_tokens"] = 151
    path.write_text(json.dumps(other))
    reading = read(path)
    assert reading.usages == ()
    assert [each.reason for each in reading.refused] == [Flaw.CONTRADICTION]
    del other["results"][0]["breakdown"]
    path.write_text(json.dumps(other))
    assert totals(read(path).usages)["prompt_tokens", "", "", "", ""] == 101


def test_file__packed_by_gzip__reads_as_what_is_in_it_and_a_bomb_is_refused(tmp_path):
    plain = WORKLOADS / "focus_1_0.csv"
    packed = tmp_path / "focus.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert totals(read(packed).usages) == totals(read(plain).usages)
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-9])
    with pytest.raises(UnreadableFile, match=r"focus\.csv\.gz: not whole as gzip"):
        read(packed)
    packed.write_bytes(gzip.compress(b"0" * (1 << 24)))
    with pytest.raises(UnreadableFile, match="when unpacked"):
        read(packed)
    packed.write_bytes(gzip.compress(b"a;b\n1;2\n"))
    with pytest.raises(UnreadableFile, match=r"focus\.csv\.gz: neither metrics"):
        read(packed)
