"""A new version of the method beside the old one: what is compared, and what is refused."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.family import everyone, load_candidate, load_family
from oracle.index.level import IndexValue, State
from oracle.index.method import METHOD, load_method
from oracle.index.shadow import NothingToCompare, ShadowPoint, compare_points, run_shadow
from oracle.index.shadow_record import (
    Comparison,
    MoveLimits,
    NotShadowed,
    ShadowRecord,
    record_path,
)
from oracle.sources.recorded import load_recording
from oracle.sources.venue import load_venues
from pargrade.canonical import read_json
from pargrade.clock import HOUR_S
from pargrade.data.files import SAMPLE
from tests.support.quote_builders import DAY, NOON, PANEL, PROVIDERS, USD, quote

MIDNIGHT = NOON - DAY // 2
DAYS = 15
CANDIDATE = METHOD.with_name("method-2.json")
LIMITS = MoveLimits(
    min_hours=3, max_median_ppm=10_000, max_difference_ppm=50_000, max_changed_ppm=0
)


def lists(days=DAYS):
    """Five providers' H100 prices, every evening; one of them moves on the fourth day."""
    return [
        quote(
            provider,
            2 * USD + place * USD // 10 + (day > 3) * (place == 4) * USD // 100,
            observed_at=MIDNIGHT + day * DAY - 3 * HOUR_S,
        )
        for day in range(days)
        for place, provider in enumerate(PROVIDERS[:5])
    ]


def versions(folder, **changes):
    """The method in use, and a second version of it with other constants, as files."""
    document = json.loads(METHOD.read_text(encoding="utf-8"))
    (folder / "method-1.json").write_text(json.dumps(document), encoding="utf-8")
    later = folder / "method-2.json"
    later.write_text(json.dumps(document | {"version": 2} | changes), encoding="utf-8")
    return folder / "method-1.json", later


def run(first, later, quotes=None, until=MIDNIGHT + (DAYS - 1) * DAY):
    return run_shadow(
        load_candidate(first),
        load_candidate(later),
        lists() if quotes is None else quotes,
        PANEL,
        MIDNIGHT,
        until,
    )


def keep(record, later, **changes):
    """Commits a record beside its method, with some of its figures changed and rehashed."""
    record = replace(record, **changes)
    record_path(later).write_text(json.dumps(record.to_json()), encoding="utf-8")


@pytest.fixture(scope="module")
def same(tmp_path_factory):
    """A second version that differs in nothing that matters here, and its run."""
    files = versions(tmp_path_factory.mktemp("same"), outlier_mad_multiple=7)
    return files, run(*files)


@pytest.fixture
def later(same, tmp_path):
    """A folder of its own with both versions and the record of their run."""
    _, later = versions(tmp_path, outlier_mad_multiple=7)
    keep(same[1].record, later)
    return later


def value(value8, state=State.LIVE):
    return IndexValue(value8, 0, value8, 5, (), state, 1, 0)


def test_shadow__versions_that_agree__differ_in_nothing_and_may_follow(same):
    record = same[1].record
    assert record.objections == ()
    par = record.indices[0]
    assert (par.index, par.hours, par.both) == ("SCU / USD", 14 * 24 + 1, 14 * 24 + 1)
    assert all(each.largest_ppm == each.median_ppm == 0 for each in record.indices)
    assert {each.index for each in record.indices if each.both == 0} >= {"L40S / USD"}


def test_shadow__hours_of_every_index__add_up(same):
    for each in same[1].record.indices:
        assert each.both + each.old_only + each.new_only + each.neither == each.hours


def test_shadow__same_inputs_in_another_order__have_the_same_record(same):
    files, ran = same
    assert run(*files, quotes=lists()[::-1]).record == ran.record


def test_shadow__a_quote_of_the_period_changed__has_another_sample_hash(same):
    files, ran = same
    other = [*lists()[:-1], replace(lists()[-1], region="x")]
    assert run(*files, quotes=other).record.sample_hash != ran.record.sample_hash


def test_shadow__stricter_version__loses_hours_and_is_refused(tmp_path):
    # Six providers are needed now and five are there.
    first, later = versions(tmp_path, min_providers=6, live_providers=6)
    record = run(first, later).record
    par = record.indices[0]
    assert (par.both, par.old_only, par.new_only) == (0, 14 * 24 + 1, 0)
    assert any("SCU / USD: 337 hours changed" in why for why in record.objections)


def test_shadow__an_index_the_new_version_drops__is_an_objection(tmp_path):
    document = json.loads(METHOD.read_text(encoding="utf-8"))
    kept = [row for row in document["indices"] if row["index"] != "H100 / USD"]
    record = run(*versions(tmp_path, indices=kept)).record
    assert [why.split(":")[0] for why in record.objections] == ["H100 / USD"]


@pytest.mark.parametrize("until", [MIDNIGHT - 1, MIDNIGHT - DAY])
def test_shadow__period_without_an_hour__is_refused(same, until):
    with pytest.raises(NothingToCompare):
        run(*same[0], until=until)


def test_shadow__versions_that_do_not_follow_each_other__are_refused(same):
    first, later = same[0]
    with pytest.raises(NothingToCompare):
        run(later, first)
    with pytest.raises(NothingToCompare):
        run(first, first)


def test_compared__points_by_hand__give_the_figures():
    points = [
        ShadowPoint(1, value(100), value(100)),
        ShadowPoint(2, value(100), value(102)),
        ShadowPoint(3, value(104), value(100, State.THIN)),
        ShadowPoint(4, value(100), value(104)),
        ShadowPoint(5, value(100), None),
        ShadowPoint(6, None, value(100)),
        ShadowPoint(7, None, None),
    ]
    assert compare_points("X", points) == Comparison(
        index="X",
        hours=7,
        both=4,
        old_only=1,
        new_only=1,
        neither=1,
        state_differs=1,
        median_ppm=20_000,
        largest_ppm=40_000,
        largest_at=3,
    )


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1))
def test_compared__versions_swapped__differ_as_much(pairs):
    points = [
        ShadowPoint(instant, value(old), value(new)) for instant, (old, new) in enumerate(pairs)
    ]
    swapped = [ShadowPoint(instant, new, old) for instant, old, new in points]
    assert compare_points("X", swapped) == compare_points("X", points)


QUIET = Comparison("X", 100, 100, 0, 0, 0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("change", "objections"),
    [
        ({}, 0),
        ({"median_ppm": 10_000, "largest_ppm": 50_000}, 0),
        ({"median_ppm": 10_001}, 1),
        ({"largest_ppm": 50_001}, 1),
        ({"both": 99, "old_only": 1}, 1),
        ({"both": 99, "new_only": 1}, 1),
        ({"state_differs": 1}, 1),
        ({"both": 2, "neither": 98, "largest_ppm": 10**6}, 0),
        ({"both": 3, "neither": 97, "largest_ppm": 10**6}, 1),
    ],
)
def test_comparison__at_and_beyond_its_limits__objects(change, objections):
    assert len(replace(QUIET, **change).objections(LIMITS)) == objections


def test_load__candidate_with_a_window__follows_the_first_and_is_refused_without_a_record():
    candidate = METHOD.with_name("method-3.json")
    assert load_candidate(candidate).follows == 1
    with pytest.raises(NotShadowed):
        load_family(candidate)


def test_load__version_with_its_record__is_loaded_whatever_the_first_one_was(later):
    assert load_method(later).version == 2
    assert load_family(later).version == 2


def test_load__version_without_a_record__is_refused(later):
    record_path(later).unlink()
    for load in (load_method, load_family):
        with pytest.raises(NotShadowed, match="no shadow record") as refusal:
            load(later)
        assert "pargrade index shadow" in refusal.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1.5}', "\x00"])
def test_load__record_that_is_none__is_refused(later, text):
    record_path(later).write_text(text, encoding="utf-8")
    with pytest.raises(NotShadowed, match="damaged"):
        load_method(later)


def test_load__figure_of_the_record_touched__is_refused(later):
    stated = json.loads(record_path(later).read_text(encoding="utf-8"))
    stated["indices"][0]["median_ppm"] += 1
    record_path(later).write_text(json.dumps(stated), encoding="utf-8")
    with pytest.raises(NotShadowed, match="hash"):
        load_method(later)


@pytest.mark.parametrize("key", ["middle_band", "outlier_floor_ppm", "lookback_s"])
def test_load__constant_touched_after_the_run__is_refused(later, key):
    document = json.loads(later.read_text(encoding="utf-8"))
    document[key] = [0, 3] if key == "middle_band" else document[key] + 1
    later.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(NotShadowed, match="another document"):
        load_method(later)


def test_load__version_before_touched_or_gone__is_refused(later):
    before = later.with_name("method-1.json")
    document = json.loads(before.read_text(encoding="utf-8"))
    before.write_text(json.dumps(document | {"min_providers": 4}), encoding="utf-8")
    with pytest.raises(NotShadowed, match=r"did not run beside method-1\.json"):
        load_method(later)
    before.unlink()
    with pytest.raises(NotShadowed, match=r"method-1\.json"):
        load_method(later)


def test_load__record_with_limits_of_its_own__is_refused(same, later):
    limits = replace(same[1].record.limits, max_median_ppm=10**6)
    keep(same[1].record, later, limits=limits)
    with pytest.raises(NotShadowed, match="other limits"):
        load_method(later)


def test_load__record_that_leaves_an_index_out__is_refused(same, later):
    keep(same[1].record, later, indices=same[1].record.indices[:-1])
    with pytest.raises(NotShadowed, match="leaves out A100 spot / USD"):
        load_method(later)


def test_load__record_that_objects__is_refused_with_the_objection(same, later):
    par, *others = same[1].record.indices
    keep(same[1].record, later, indices=(replace(par, median_ppm=10_001), *others))
    with pytest.raises(NotShadowed, match="SCU / USD: median 10001 ppm"):
        load_method(later)


def test_load__record_of_too_short_a_run__is_refused(same, later):
    first = later.with_name("method-1.json")
    keep(run(first, later, until=MIDNIGHT + DAY).record, later)
    with pytest.raises(NotShadowed, match="too few hours"):
        load_method(later)


def test_load__third_version__follows_the_second(later):
    document = json.loads(later.read_text(encoding="utf-8"))
    third = later.with_name("method-3.json")
    third.write_text(json.dumps(document | {"version": 3}), encoding="utf-8")
    keep(run(later, third).record, third)
    assert load_method(third).version == 3


def test_candidate__as_shipped__is_refused_and_not_in_use():
    assert load_method().version == load_family().version == 1
    for load in (load_method, load_family):
        with pytest.raises(NotShadowed, match="SCU / USD: median"):
            load(CANDIDATE)


def test_candidate__as_shipped__differs_from_the_method_in_use_only_in_its_middle():
    first, second = (json.loads(p.read_text(encoding="utf-8")) for p in (METHOD, CANDIDATE))
    assert copy.deepcopy(first) | {"version": 2, "middle_band": [0, 3]} == second


def run_again(indices):
    """The committed record, and a run of the first few indices like the one it is of."""
    record = ShadowRecord.from_json(read_json(record_path(CANDIDATE).read_bytes()))
    venues = load_venues()
    sides = (
        replace(family, methods=family.methods[:indices])
        for family in (load_family(), load_candidate(CANDIDATE))
    )
    quotes = load_recording(SAMPLE, venues).quotes
    return record, run_shadow(*sides, quotes, everyone(venues), record.since, record.until).record


def test_candidate__its_record_run_again_for_one_index__is_the_committed_one():
    record, again = run_again(1)
    assert again == replace(record, indices=record.indices[:1])


@pytest.mark.deep
def test_candidate__its_record_run_again__is_the_committed_one():
    record, again = run_again(len(load_family().methods))
    assert again == record
