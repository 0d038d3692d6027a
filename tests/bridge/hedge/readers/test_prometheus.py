"""Counters and gauges of inference servers: resets, gaps, repeated and missing samples."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hedge.readers.counters import TwoCounts
from bridge.hedge.readers.errors import PrometheusFailed, RepeatedSeries, Unreadable
from bridge.hedge.readers.prometheus import TimelessScrapes, read_answers, read_scrapes
from bridge.hedge.readers.times import DAY_NS, parse_time
from bridge.hedge.readers.usage import Flaw, Measure
from tests.support.workloads import SCRAPED, WORKLOADS, read, totals

TOKENS = "vllm:generation_tokens_total"
NOON = 1_772_582_400


def range_answer(*series):
    result = [
        {"metric": {"__name__": name, **labels}, "values": values}
        for name, labels, values in series
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def scrape(value, **labels):
    inside = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return f"{TOKENS}{{{inside}}} {value}\n"


def tokens(reading):
    return sum(u.amount for u in reading.usages if u.measure is Measure.COMPLETION_TOKENS)


def test_scrape__of_version_0_with_its_start__is_usage_since_then():
    reading = read(WORKLOADS / "vllm_v0.txt", scraped=(SCRAPED,))
    assert totals(reading.usages) == {
        ("prompt_tokens", "", "", "acme/chat-70b", ""): 1_234_567,
        ("completion_tokens", "", "", "acme/chat-70b", ""): 345_678,
        ("requests", "", "", "acme/chat-70b", ""): 1_000,
    }
    assert {usage.start_ns for usage in reading.usages} == {1_772_582_400 * 10**9}


def test_scrapes__of_two_engines_of_which_one_restarted__count_each_by_itself():
    # Engine 1's prompts fell from 1.4 to 1.0 million, so the sum of both would hide a reset.
    paths = [WORKLOADS / "vllm_v1_earlier.txt", WORKLOADS / "vllm_v1_later.txt"]
    reading = read(*paths, scraped=(SCRAPED, SCRAPED + DAY_NS))
    found = totals(reading.usages)
    assert found["prompt_tokens", "", "", "acme/chat-70b", ""] == 500_000 + 1_000_000
    assert found["completion_tokens", "", "", "acme/chat-70b", ""] == 100_000 + 50_000
    assert any("1 counter resets" in note for note in reading.notes)


def test_scrape__without_a_time__is_a_level_and_no_usage():
    for name, prompt, completion in (
        ("sglang.txt", 8_128_902, 7_557_572),
        ("tgi.txt", 4_321, 1_234),
        ("otel_genai.txt", 5_000, 800),
    ):
        reading = read(WORKLOADS / name)
        assert reading.usages == ()
        levels = {level.measure: level.amount for level in reading.levels}
        assert levels[Measure.PROMPT_TOKENS] == prompt
        assert levels[Measure.COMPLETION_TOKENS] == completion


def test_scrapes__several_without_times__are_refused():
    with pytest.raises(TimelessScrapes):
        read_scrapes([(scrape(1, a="b"), None), (scrape(2, a="b"), None)])


def test_scrape__two_in_one_file__is_refused():
    with pytest.raises(RepeatedSeries):
        read_scrapes([(scrape(1, a="b") + scrape(2, a="b"), SCRAPED)])


def test_scrape__with_clients_and_servers__is_refused_because_it_counts_twice():
    client = 'gen_ai_client_token_usage_sum{gen_ai_token_type="input"} 5\n'
    with pytest.raises(TwoCounts):
        read_scrapes([(client + scrape(1, a="b"), SCRAPED)])


def test_scrape__cut_in_its_last_number__refuses_that_line():
    whole = scrape(1, engine="0") + scrape("4.2421665e+07", engine="1")
    reading = read_scrapes([(whole[:-4], None)])
    assert [refusal.reason for refusal in reading.refused] == [Flaw.CUT_OFF]
    assert [level.amount for level in reading.levels] == [1]


def test_scrape__labels_with_quotes_braces_and_commas__are_read():
    text = f'{TOKENS}{{ model_name="a\\"}},b\\\\" , engine="0",}} 7 1772582400000\n'
    reading = read_scrapes([(text, None)])
    assert reading.levels[0].subject.model == 'a"},b\\'
    assert reading.levels[0].time_ns == NOON * 10**9


def test_scrape__open_metrics__has_its_times_in_seconds_and_exemplars_after_a_hash():
    text = f'{TOKENS}{{engine="0"}} 7 1772582400.5 # {{trace_id="x"}} 0.67 1772582400\n# EOF\n'
    assert read_scrapes([(text, None)]).levels[0].time_ns == NOON * 10**9 + 500_000_000


def test_answer__with_resets_and_a_restart__counts_from_zero_after_each():
    # a: 4000, then a restart that a higher value hides (6000), then 3000. b: 1000, then 500.
    reading = read(WORKLOADS / "vllm_range.json")
    assert totals(reading.usages) == {
        ("completion_tokens", "", "chat", "acme/chat-70b", ""): 13_000 + 1_500
    }
    assert [refusal.reason for refusal in reading.refused] == [Flaw.NOT_A_NUMBER]
    assert "Prometheus: results may be incomplete" in reading.notes


def test_answer__of_an_error__is_named():
    text = '{"status":"error","errorType":"bad_data","error":"invalid\\nquery"}'
    with pytest.raises(PrometheusFailed, match=r"bad_data: invalid\\n"):
        read_answers([text])
    with pytest.raises(Unreadable):
        read_answers(['{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}'])


def test_answer__of_a_rate__has_no_name_and_is_refused():
    text = range_answer(("x", {}, [[NOON, "1"]])).replace('"__name__": "x"', '"job": "x"')
    reading = read_answers([text])
    assert [refusal.reason for refusal in reading.refused] == [Flaw.MISSING]


def test_answer__same_sample_twice__counts_once_and_two_values_for_a_moment_are_refused():
    values = [[NOON, "10"], [NOON, "10"], [NOON + 60, "15"], [NOON + 60, "99"]]
    reading = read_answers([range_answer((TOKENS, {}, values))])
    assert tokens(reading) == 5
    reasons = [refusal.reason for refusal in reading.refused]
    assert reasons == [Flaw.DUPLICATE, Flaw.CONTRADICTION]


def test_answer__overlapping_parts__lose_and_repeat_nothing():
    first = range_answer((TOKENS, {}, [[NOON, "10"], [NOON + 60, "15"]]))
    second = range_answer((TOKENS, {}, [[NOON + 60, "15"], [NOON + 120, "18"]]))
    assert tokens(read_answers([first, second])) == 8


def test_answer__a_series_that_begins_late__counts_from_its_process_start_if_that_is_known():
    late = (TOKENS, {"instance": "b", "job": "v"}, [[NOON + 120, "7"], [NOON + 180, "9"]])
    early = (TOKENS, {"instance": "a", "job": "v"}, [[NOON, "100"], [NOON + 180, "100"]])
    assert tokens(read_answers([range_answer(early, late)])) == 2
    labels = {"instance": "b", "job": "v"}
    start = ("process_start_time_seconds", labels, [[NOON + 120, str(NOON + 90)]])
    assert tokens(read_answers([range_answer(early, late, start)])) == 9


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), min_size=2, max_size=30),
    st.integers(0, 10**9),
    st.randoms(use_true_random=False),
)
def test_answer__any_walk_with_restarts__counts_what_was_seen(steps, start, random):
    """A process that counts `grown` in each step and may restart before it."""
    value, values, seen = start, [[NOON, str(start)]], 0
    for number, (grown, restarts) in enumerate(steps, 1):
        before = value
        value = grown if restarts else value + grown
        # A restart that ends up no lower cannot be seen without the process's start.
        seen += value if value < before else value - before
        values.append([NOON + 60 * number, str(value)])
    random.shuffle(values)
    assert tokens(read_answers([range_answer((TOKENS, {}, values))])) == seen


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=10), st.data())
def test_answer__any_walk_whose_process_start_is_known__counts_every_restart(grown, data):
    restarts = data.draw(st.lists(st.booleans(), min_size=len(grown), max_size=len(grown)))
    value, started, seen = 50, NOON - 600, 0
    values, starts = [[NOON, "50"]], [[NOON, str(started)]]
    for number, (more, is_restart) in enumerate(zip(grown, restarts, strict=True), 1):
        now = NOON + 60 * number
        value, started = (more, now - 30) if is_restart else (value + more, started)
        seen += more
        values.append([now, str(value)])
        starts.append([now, str(started)])
    text = range_answer((TOKENS, {}, values), ("process_start_time_seconds", {}, starts))
    assert tokens(read_answers([text])) == seen


def test_gauges__of_two_gpus__give_held_and_active_hours_and_refuse_blanks_and_slices():
    reading = read(WORKLOADS / "dcgm_range.json")
    h100 = "NVIDIA H100 80GB HBM3"
    assert totals(reading.usages) == {
        ("gpu_hours", "", "", "", h100): 4,
        ("active_gpu_hours", "", "", "", h100): Fraction(11, 4),
    }
    assert {refusal.reason for refusal in reading.refused} == {
        Flaw.BLANK,
        Flaw.PARTITIONED,
    }


@pytest.mark.parametrize("blank", ["9223372036854775792", "9.223372036854776e+18", "2147483632"])
def test_gauges__a_blank_in_any_spelling__is_no_activity(blank):
    values = [[NOON, blank], [NOON + 60, "50"], [NOON + 120, "50"]]
    reading = read_answers([range_answer(("DCGM_FI_DEV_GPU_UTIL", {"UUID": "g"}, values))])
    assert [refusal.reason for refusal in reading.refused] == [Flaw.BLANK]


def test_gauges__a_gap__counts_a_single_step():
    values = [[NOON + 60 * n, "50"] for n in (0, 1, 2, 100)]
    reading = read_answers([range_answer(("DCGM_FI_DEV_GPU_UTIL", {"UUID": "g"}, values))])
    held = sum(u.amount for u in reading.usages if u.measure is Measure.GPU_HOURS)
    assert held == Fraction(3, 60)


def test_usage__across_midnight__starts_where_the_earlier_sample_was():
    reading = read_scrapes([(scrape(1, e="0"), SCRAPED), (scrape(5, e="0"), SCRAPED + DAY_NS)])
    assert reading.usages[0].start_ns == parse_time("2026-03-06")
    assert reading.usages[0].amount == 4
