"""What the index is configured by and fed with: method, panels, venues and recordings."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.method import FACTORS as FACTOR_TABLE
from oracle.index.method import METHOD, BadMethod, load_method, method_of
from oracle.index.panel import BadPanel, Panel
from oracle.quotes.quote import Quote, by_order
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.recorded import COLUMNS, instant, load_recording, parse_recording
from oracle.sources.venue import VENUES, BadVenues, UnknownVenue, load_venues, read_venues
from pargrade.canonical import FloatRefused, TooDeep, canonical_json, content_hash, read_json
from pargrade.chain.hashing import keccak
from pargrade.spot_index.published_method import published_method_hash
from tests.support.quote_builders import FACTORS, NOON, QUOTES, quote

ROOT = Path(__file__).parents[3]
ROOMS = ("quotes", "sources", "evidence", "index", "audit")
FILES = ("canonical.py", "spot_index/observation.py", "spot_index/report.py")
FOUND = {path for room in ROOMS for path in (ROOT / "oracle" / room).glob("*.py")}
FOUND |= {ROOT / "pargrade" / name for name in FILES}
FILING = ("archive", "part_folder", "parquet_part")
EXACT = sorted(map(str, FOUND - {ROOT / f"oracle/evidence/{name}.py" for name in FILING}))
"""What a value comes from, to the last digit. The archive only reads and writes files."""

ROW = {
    "observed_at": "2026-03-01T21:00:04Z",
    "provider": "lambda",
    "gpu_model": "H100",
    "variant": "SXM",
    "gpu_memory_gb": "80",
    "gpu_count": "8",
    "price_usd_per_gpu_hour": "3.5",
    "price_min": "3.44",
    "lease_type": "on_demand",
    "region": "global",
    "n_offers": "4",
    "source": "list",
    "flags": "b|a",
}


def document(path=METHOD):
    return json.loads(path.read_text(encoding="utf-8"))


def parsed(text):
    return parse_recording("r", text.encode(), load_venues()).quotes


def recording(**changes):
    row = ROW | changes
    return ",".join(COLUMNS) + "\n" + ",".join(row[column] for column in COLUMNS) + "\n"


@pytest.mark.parametrize("name", EXACT, ids=lambda name: Path(name).stem)
def test_pure_module__its_source__has_no_float_clock_or_chance(name):
    source = Path(name).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        # Division of paths is not arithmetic; there is one such line in a module that has any.
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            assert isinstance(node.right, ast.Constant)
            assert isinstance(node.right.value, str)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"float", "round", "hash", "id"}
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
            assert not {n.split(".")[0] for n in names} & {"time", "random", "math.log", "httpx"}


def test_published_method__its_hash__is_that_of_the_method_in_use():
    assert published_method_hash() == load_method().method_hash


def test_method__as_shipped__loads_with_its_factors_and_one_par_grade():
    method = load_method()
    assert method.by_name["H100-SXM-80"].factor4 == 10_000
    assert {h.name for h in method.hardware if h.weight_ppm == 10**6} == {"H100-SXM-80"}
    assert method.factors_hash == content_hash(read_json(FACTOR_TABLE.read_bytes()))
    assert len(method.method_hash) == 32


def test_method__hash__is_that_of_the_canonical_text_with_both_tables():
    shipped, factors = document(), document(FACTOR_TABLE)
    venues = load_venues().classification_hash()
    whole = shipped | {
        "factors_hash": "0x" + keccak(canonical_json(factors)).hex(),
        "venues_hash": "0x" + venues.hex(),
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    assert load_method().method_hash == keccak(text.encode("ascii"))


def leaves(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path


def touched(value, path):
    """The document with one leaf changed a little, and still of its type."""
    changed = json.loads(json.dumps(value))
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    # A larger cap part than there are providers is refused, so that one goes down.
    step = -1 if path[-1] == "provider_cap_parts" else 1
    holder[path[-1]] = old + step if isinstance(old, int) else old + "0"
    return changed


# What other parts of the file, the factor table or the code refer to: not free to be touched.
NAMES = {"name", "model", "variant", "memory_gb", "index", "unit", "tier"}


def test_method__any_constant_touched__has_another_hash():
    shipped = document()
    base = method_of(shipped, FACTORS, bytes(32)).method_hash
    hashes = {base}
    for path in leaves(shipped):
        if path[-1] in NAMES or path[:1] == ("firmness",):
            continue
        hashes.add(method_of(touched(shipped, path), FACTORS, bytes(32)).method_hash)
    for number in range(len(FACTORS["rows"])):
        factors = touched(FACTORS, ("rows", number, "factor4"))
        hashes.add(method_of(shipped, factors, bytes(32)).method_hash)
    hashes.add(method_of(shipped, FACTORS, b"\x01" * 32).method_hash)
    skipped = [path for path in leaves(shipped) if path[-1] in NAMES or path[0] == "firmness"]
    touching = len(list(leaves(shipped))) - len(skipped)
    assert len(hashes) == touching + 2 + len(FACTORS["rows"])


@pytest.mark.parametrize(
    "change",
    [
        {"provider_cap_parts": 4},
        {"min_providers": 2},
        {"lookback_s": 129_599},
        {"middle_band": [3, 3]},
        {"middle_band": [-1, 3]},
    ],
)
def test_method__impossible_constant__is_refused(change):
    with pytest.raises(BadMethod):
        method_of(document() | change, FACTORS, bytes(32))


@pytest.mark.parametrize("band", [["0", "1"], ["2", "1"]])
def test_method__impossible_band__is_refused(band):
    shipped = document()
    shipped["hardware"][1]["band8"]["on_demand"] = band
    with pytest.raises(BadMethod, match="A100"):
        method_of(shipped, FACTORS, bytes(32))


def test_method__weight_of_nothing__is_refused():
    shipped = document()
    shipped["indices"][0]["weight_ppm"]["A100-SXM-80"] = 0
    with pytest.raises(BadMethod, match="A100"):
        method_of(shipped, FACTORS, bytes(32))


def test_method__hardware_without_a_factor__is_refused():
    with pytest.raises(BadMethod, match="B200"):
        method_of(document(), {"rows": FACTORS["rows"][:3]}, bytes(32))


def test_method__factor_of_zero__is_refused():
    rows = [row | {"factor4": 0} for row in FACTORS["rows"]]
    with pytest.raises(BadMethod):
        method_of(document(), {"rows": rows}, bytes(32))


@pytest.mark.parametrize(
    ("providers", "lag_s"), [(("a", "b"), 0), (("a", "b", "b"), 0), (("a", "b", "c"), -1)]
)
def test_panel__too_small_repeated_or_early__is_refused(providers, lag_s):
    with pytest.raises(BadPanel):
        Panel("bad", providers, lag_s)


def test_panel__providers_in_another_order__is_the_same_panel():
    first, other = Panel("p", ("c", "a", "b"), 5), Panel("p", ("a", "b", "c"), 5)
    assert first == other
    assert Panel.from_json(first.to_json()) == first
    assert first.to_json() == other.to_json()


def test_venues__switched_on__does_not_change_the_classification(tmp_path):
    text = VENUES.read_text(encoding="utf-8")
    plain = load_venues().classification_hash()
    mine = tmp_path / "venues.toml"
    lium = 'url = "https://lium.io/api/executors"'
    mine.write_text(text.replace(lium, f"{lium}\nenabled = true"), encoding="utf-8")
    assert read_venues(mine).by_slug["lium"].enabled
    assert read_venues(mine).classification_hash() == plain
    mine.write_text(text.replace('"hyperscaler"', '"neocloud"', 1), encoding="utf-8")
    assert read_venues(mine).classification_hash() != plain


def test_venues__every_row__says_who_and_on_whose_terms():
    for venue in load_venues().by_slug.values():
        assert venue.url.startswith("https://")
        assert venue.attribution or venue.terms == "restricted"
        assert (venue.clause is not None) or venue.terms != "restricted"
        assert not venue.enabled
        assert venue.feed is None or venue.feed.url.startswith("https://")


def test_venues__same_slug_twice__is_refused(tmp_path):
    text = VENUES.read_text(encoding="utf-8")
    mine = tmp_path / "venues.toml"
    mine.write_text(text.replace('slug = "aws"', 'slug = "azure"', 1), encoding="utf-8")
    with pytest.raises(BadVenues, match="azure"):
        read_venues(mine)


def test_venues__unknown_slug__is_an_error():
    with pytest.raises(UnknownVenue, match="nowhere"):
        load_venues()["nowhere"]


@given(QUOTES)
def test_quote__through_its_canonical_form__is_the_same(drawn):
    assert Quote.from_json(json.loads(drawn.canonical_bytes())) == drawn


@given(st.lists(QUOTES, max_size=8))
def test_quote__sort_key__is_the_order_of_quotes(quotes):
    assert sorted(quotes, key=by_order) == sorted(quotes)


def test_quote__every_field__is_in_its_canonical_bytes():
    plain = quote(flags=("a",), region="x")
    changes = {
        "observed_at": NOON,
        "provider": "z",
        "gpu_model": "z",
        "variant": "z",
        "gpu_memory_gb": 1,
        "gpu_count": 1,
        "price8": 1,
        "tier": "spot",
        "region": "z",
        "source": "z",
        "cadence": "direct",
        "firmness": "serverless",
        "terms": "unstated",
        "n_offers": 9,
        "flags": ("b",),
    }
    assert changes.keys() == set(Quote.__dataclass_fields__)
    texts = {replace(plain, **{field: new}).canonical_bytes() for field, new in changes.items()}
    assert len(texts | {plain.canonical_bytes()}) == 16


@pytest.mark.parametrize("value", [1.5, [1.0], {"a": {"b": (0.1,)}}, float("nan")])
def test_canonical_json__a_float_in_it__is_refused(value):
    with pytest.raises(FloatRefused):
        canonical_json(value)


@pytest.mark.parametrize("text", ["1.0", '{"a": 1e3}', "[NaN]", "[-Infinity]"])
def test_read_json__a_float_in_it__is_refused(text):
    with pytest.raises(FloatRefused):
        read_json(text)


@pytest.mark.parametrize("deep", [b"[" * 33, b'{"a":' * 10**6, b'["[",' * 33 + b"]" * 33])
def test_read_json__nested_deeper_than_anything_we_send__is_refused_unparsed(deep):
    with pytest.raises(TooDeep):
        read_json(deep)


@pytest.mark.parametrize(
    "text", [b"[" * 32 + b"]" * 32, b'["' + b"[" * 99 + b'\\"{{{"]', b"[[],[],{}]"]
)
def test_read_json__brackets_in_strings_and_side_by_side__are_not_depth(text):
    assert canonical_json(read_json(text)) == text


def test_canonical_json__keys_in_another_order__is_the_same_text():
    assert canonical_json({"b": 1, "a": "é"}) == canonical_json({"a": "é", "b": 1})
    assert canonical_json({"b": 1, "a": "é"}) == b'{"a":"\\u00e9","b":1}'


def test_recording__a_row__becomes_a_quote_with_its_venue_s_classification():
    (found,) = parsed(recording())
    assert (found.observed_at, found.price8, found.gpu_count) == (1_772_398_804, 344_000_000, 8)
    assert (found.firmness, found.cadence, found.terms) == ("neocloud", "daily", "open")
    assert found.flags == ("a", "b")


def test_recording__restricted_venue__keeps_its_quotes_for_the_screen_to_refuse():
    (found,) = parsed(recording(provider="runpod"))
    assert found.terms == "restricted"


@pytest.mark.parametrize(
    "change",
    [
        {"price_min": "three"},
        {"price_min": ""},
        {"price_min": "3.123456789"},
        {"price_min": "1e9"},
        {"price_min": "1e-9"},
        {"price_min": "1000000000"},
        {"price_min": "nan"},
        {"observed_at": "2026-03-01"},
        {"observed_at": "2026-03-01T21:00:04+01:00"},
        {"gpu_count": "8.0"},
        {"gpu_memory_gb": "many"},
        {"lease_type": "borrowed"},
        {"provider": "nowhere"},
    ],
)
def test_recording__field_that_does_not_parse__names_the_line(change):
    with pytest.raises(SourceMalformed) as failure:
        parsed(recording(**change))
    assert failure.value.where == "line 2"


def test_recording__column_missing__is_named():
    with pytest.raises(SourceMalformed, match="price_min"):
        parsed(recording().replace("price_min", "price"))


@pytest.mark.parametrize(
    "text",
    [
        recording().rsplit(",", 4)[0] + "\n",
        recording()[:-1] + ",x\n",
        recording(region='"a,b"').rsplit(",", 1)[0] + "\n",
    ],
)
def test_recording__row_too_short_or_long__is_malformed(text):
    with pytest.raises(SourceMalformed, match="as many fields"):
        parsed(text)


def test_recording__file_not_there__is_down(tmp_path):
    with pytest.raises(SourceDown):
        load_recording(tmp_path / "quotes.csv", load_venues())


@pytest.mark.parametrize("content", [b"\x1f\x8b", b"\x1f\x8b" + b"x" * 40, b"\xff\xfe", b""])
def test_recording__file_damaged__is_malformed(tmp_path, content):
    path = tmp_path / "quotes.csv"
    path.write_bytes(content)
    with pytest.raises(SourceMalformed):
        load_recording(path, load_venues())


def test_recording__packed_or_plain__is_read_alike(tmp_path, sample):
    plain = tmp_path / "quotes.csv"
    plain.write_text(recording(), encoding="utf-8")
    assert len(load_recording(plain, load_venues()).quotes) == 1
    assert sample.quotes[0].observed_at == instant("2026-03-01T21:00:04Z")
