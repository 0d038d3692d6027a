"""Each venue's mapping against an answer in its shape, and against what that may turn into."""

import json
from dataclasses import replace
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.screen import Reason, screen
from oracle.quotes.classes import Firmness
from oracle.quotes.quote import Tier
from oracle.sources.errors import SourceMalformed
from oracle.sources.feed import BadFeed, Combine
from oracle.sources.feed_table import feed_of
from oracle.sources.hardware import BadHardware, GpuPart, hardware_of, load_hardware
from oracle.sources.venue import Terms
from tests.support.feed_visits import FIXTURES, VENUES, Answer, ask, body_of, fixture, read
from tests.support.quote_builders import METHOD_1, NOON, PANEL, USD

pytestmark = pytest.mark.full

ON, SPOT = Tier.ON_DEMAND, Tier.SPOT
CENT = USD // 100

EXPECTED = {
    ("akash", "akash_gpu_prices.json"): [
        ("B200", "SXM", 180, 1, 500 * CENT, ON, "global", 3),
        ("H100", "SXM", 80, 1, 165 * CENT, ON, "global", 9),
    ],
    # What the host gets, and the network's 10 % on top.
    ("nosana", "nosana_markets.json"): [
        ("H100", "", 80, 1, 137_500_000, ON, "global", 1),
        ("RTX4090", "", 24, 1, 33 * CENT, ON, "global", 1),
    ],
    ("lambda", "lambda_instance_types.json"): [
        ("A10", "", 24, 1, 75 * CENT, ON, "global", 1),
        ("B200", "SXM", 180, 8, 499 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 8, 299 * CENT, ON, "global", 1),
    ],
    ("shadeform", "shadeform_types.json"): [("H100", "SXM", 80, 8, 249 * CENT, ON, "global", 1)],
    ("hyperbolic", "hyperbolic_marketplace.json"): [
        ("H100", "SXM", 80, 8, 149 * CENT, ON, "global", 2)
    ],
    ("gpurentalprices", "gpurentalprices_latest.json"): [
        ("H100", "SXM", 80, 0, 299 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 0, 110 * CENT, SPOT, "global", 1),
    ],
    ("vast.ai", "vast_bundles.json"): [
        ("A100", "SXM", 40, 2, 102 * CENT, ON, "NO", 1),
        ("A100", "SXM", 80, 2, 125 * CENT, ON, "US", 1),
    ],
    ("runpod", "runpod_gpu_types.json"): [
        ("B200", "SXM", 180, 1, 50 * CENT, ON, "community", 1),
        ("B200", "SXM", 180, 1, 679 * CENT, ON, "secure", 1),
        ("H100", "SXM", 80, 1, 269 * CENT, ON, "community", 1),
        ("H100", "SXM", 80, 1, 329 * CENT, ON, "secure", 1),
        ("H100", "SXM", 80, 1, 150 * CENT, SPOT, "community", 1),
    ],
    ("azure", "azure_page_1.json"): [("H100", "SXM", 80, 8, 1229 * CENT, ON, "eastus", 1)],
    ("azure", "azure_page_2.json"): [("A100", "SXM", 40, 8, 136 * CENT, SPOT, "westus", 1)],
    ("getdeploying", "getdeploying_h100.csv"): [
        ("H100", "", 80, 0, 339 * CENT, ON, "global", 180),
        ("H100", "", 80, 0, 155 * CENT, SPOT, "global", 30),
    ],
    ("aws-spot-archive", "aws_spot.tsv"): [("H100", "SXM", 80, 8, 300 * CENT, SPOT, "use1-az4", 1)],
    ("verda", "verda_instance_types.json"): [
        ("B200", "SXM", 180, 8, 499 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 1, 320 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 1, 113 * CENT, SPOT, "global", 1),
        ("H100", "SXM", 80, 8, 320 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 8, 113 * CENT, SPOT, "global", 1),
    ],
    ("vultr", "vultr_plans_metal.json"): [
        ("B200", "SXM", 180, 8, 399 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 8, 299 * CENT, ON, "global", 1),
    ],
    # The form factor is not stated, and not assumed.
    ("digitalocean", "digitalocean_sizes.json"): [
        ("H100", "", 80, 1, 339 * CENT, ON, "global", 1),
        ("H100", "", 80, 8, 299 * CENT, ON, "global", 1),
    ],
    # Before discounts; what is no hardware keeps its name, by which the screen refuses it.
    ("hyperstack", "hyperstack_pricebook.json"): [
        ("B200", "SXM", 180, 1, 600 * CENT, ON, "global", 1),
        ("H100", "PCIe", 80, 1, 190 * CENT, ON, "global", 1),
        ("H100", "SXM", 80, 1, 240 * CENT, ON, "global", 1),
        ("Public IP", "", 0, 1, 672_000, ON, "global", 1),
        ("vcpu (cpu-only-flavors)", "", 0, 1, 625_000, ON, "global", 1),
    ],
    # 5.6 cents a minute.
    ("together-endpoints", "together_hardware.json"): [
        ("H100", "SXM", 80, 1, 336 * CENT, ON, "global", 1)
    ],
}
OMITTED = {
    "akash_gpu_prices.json": {"nothing free": 1, "no price": 1},
    "nosana_markets.json": {"hosts that nobody has verified": 1},
    "shadeform_types.json": {"nothing free": 1},
    "hyperbolic_marketplace.json": {"nothing free": 1, "not ready": 1},
    "gpurentalprices_latest.json": {
        "a provider that the venue table does not list": 1,
        "a provider whose terms forbid it": 1,
        "serverless, or for a term": 1,
    },
    "vast_bundles.json": {"nothing free": 1, "the same offer again": 1},
    "runpod_gpu_types.json": {"no price: the venue writes zero for nothing on offer": 3},
    "azure_page_1.json": {
        "another kind of price than pay-as-you-go": 1,
        "with a Windows licence": 1,
    },
    "azure_page_2.json": {"an instance type that the hardware table does not list": 1},
    "verda_instance_types.json": {
        "no GPU": 1,
        "no price: the venue writes zero for nothing on offer": 1,
    },
    "vultr_plans_metal.json": {
        "an instance type that the hardware table does not list": 1,
        "nothing free": 1,
    },
    "digitalocean_sizes.json": {"no GPU": 1, "nothing free": 2},
    "hyperstack_pricebook.json": {"a price that ends": 1},
    "together_hardware.json": {"availability not stated": 1, "nothing free": 1},
    "getdeploying_h100.csv": {"a price for a term": 1},
    "aws_spot.tsv": {
        "an instance type that the hardware table does not list": 1,
        "with another operating system's licence": 1,
    },
}


@pytest.mark.parametrize(("slug", "name"), EXPECTED)
def test_feed__answer_in_its_shape__gives_these_quotes_and_says_what_gave_none(slug, name):
    fetched = read(slug, (FIXTURES / name).read_bytes())
    found = [
        (
            q.gpu_model,
            q.variant,
            q.gpu_memory_gb,
            q.gpu_count,
            q.price8,
            q.tier,
            q.region,
            q.n_offers,
        )
        for q in fetched.quotes
    ]
    assert sorted(found) == sorted(EXPECTED[slug, name])
    assert {each.reason: each.rows for each in fetched.omitted} == OMITTED.get(name, {})
    assert {q.source for q in fetched.quotes} == {slug}
    if all(q.terms is not Terms.RESTRICTED for q in fetched.quotes):
        assert {q.provider for q in fetched.quotes} <= VENUES.sellers(slug)


def test_sellers__of_a_venue__are_those_whose_prices_it_may_have_and_none_that_forbid_it():
    assert (VENUES.sellers("lium"), VENUES.sellers("civo")) == ({"lium"}, {"civo"})
    assert VENUES.sellers("aws-spot-archive") == {"aws"}
    assert {"lambda", "oracle"} < VENUES.sellers("gpuhunt") < VENUES.sellers("gpurentalprices")
    restricted = {slug for slug, each in VENUES.by_slug.items() if each.terms is Terms.RESTRICTED}
    assert restricted
    assert not restricted & VENUES.sellers("gpurentalprices")
    assert VENUES.sellers("shadeform") == frozenset()


def test_feed__aggregator_names_providers__the_provider_says_how_firm_and_the_row_says_when():
    fast, slow = sorted(
        read("gpurentalprices", (FIXTURES / "gpurentalprices_latest.json").read_bytes()).quotes,
        key=lambda quote: quote.provider,
    )
    assert (fast.provider, fast.firmness, fast.observed_at) == ("lambda", "neocloud", 1_791_189_600)
    assert (slow.provider, slow.observed_at) == ("verda", 1_791_189_660)


def test_feed__statistic_over_providers__is_never_a_price_of_the_index():
    quotes = read("getdeploying", (FIXTURES / "getdeploying_h100.csv").read_bytes()).quotes
    assert {quote.firmness for quote in quotes} == {Firmness.AGGREGATOR}
    assert Firmness.AGGREGATOR not in METHOD_1.firmness


@pytest.mark.parametrize("slug", ["runpod", "vast.ai", "shadeform"])
def test_feed__restricted_venue__its_quotes_are_refused_for_its_terms(slug):
    name = next(name for venue, name in EXPECTED if venue == slug)
    quotes = read(slug, (FIXTURES / name).read_bytes()).quotes
    assert {quote.terms for quote in quotes} == {Terms.RESTRICTED}
    reasons = {each.reason for each in screen(quotes, METHOD_1, PANEL, NOON).rejected}
    assert reasons == {Reason.RESTRICTED_TERMS}


CURRENCIES = [
    ("akash", "akash_gpu_prices.json", ("models", 0, "price", "currency")),
    ("azure", "azure_page_1.json", ("BillingCurrency",)),
    ("azure", "azure_page_1.json", ("Items", 0, "currencyCode")),
    # These state none today; one that says something else tomorrow is still understood.
    ("lambda", "lambda_instance_types.json", ("currency",)),
    ("lambda", "lambda_instance_types.json", ("data", "gpu_1x_a10", "instance_type", "currency")),
    ("nosana", "nosana_markets.json", (1, "price_currency")),
    ("runpod", "runpod_gpu_types.json", ("data", "currency")),
    ("vast.ai", "vast_bundles.json", ("offers", 3, "billingCurrency")),
    ("lium", "lium_executors.json", (0, "denom")),
]


def put(document, path, value):
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value


@pytest.mark.parametrize(("slug", "name", "path"), CURRENCIES)
@pytest.mark.parametrize("currency", ["EUR", "TAO", "", "usdt"])
def test_feed__another_currency_anywhere__refuses_the_whole_answer(slug, name, path, currency):
    document = fixture(name)
    put(document, path, currency)
    with pytest.raises(SourceMalformed):
        read(slug, body_of(document))
    put(document, path, "USD")
    assert read(slug, body_of(document)).quotes


UNITS = [
    ("azure", "azure_page_1.json", ("Items", 0, "unitOfMeasure"), "1 Month"),
    (
        "hyperbolic",
        "hyperbolic_marketplace.json",
        ("instances", 0, "pricing", "price", "period"),
        "daily",
    ),
    ("azure", "azure_page_1.json", ("Count",), 4),
]


@pytest.mark.parametrize(("slug", "name", "path", "value"), UNITS)
def test_feed__another_unit_or_number_of_rows__refuses_the_whole_answer(slug, name, path, value):
    document = fixture(name)
    put(document, path, value)
    with pytest.raises(SourceMalformed):
        read(slug, body_of(document))


JSON_FEEDS = sorted({(slug, name) for slug, name in EXPECTED if name.endswith(".json")})


def keys_of(value, path=()):
    """Every key of a document, by its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield (*path, key)
            yield from keys_of(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from keys_of(part, (*path, number))


line_of = attrgetter("provider", "gpu_model", "variant", "gpu_count", "tier", "region")
"""What a quote is about, whatever it costs."""


def outcome(slug, document):
    """What is read of an answer, or the error."""
    try:
        return read(slug, body_of(document))
    except SourceMalformed as failure:
        return failure


@pytest.mark.parametrize(("slug", "name"), JSON_FEEDS)
def test_feed__field_renamed_in_one_place__is_not_read_or_refuses_what_it_is_in(slug, name):
    """Every key in turn: what is renamed is either not read, or missed by name."""
    whole = read(slug, (FIXTURES / name).read_bytes())
    optional = {keep.path for keep in VENUES[slug].feed.keep if keep.may_lack}
    missed = 0
    for path in keys_of(fixture(name)):
        document = fixture(name)
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        holder[f"{path[-1]}_v2"] = holder.pop(path[-1])
        try:
            fetched = read(slug, body_of(document))
        except SourceMalformed:
            missed += 1
            continue
        if fetched.refused:
            missed += 1
            ((_, reason),) = fetched.refused
            assert path[-1] in reason, path
            assert set(map(line_of, fetched.quotes)) <= set(map(line_of, whole.quotes)), path
        elif path[-1] in optional:
            # Rows may lack it: whoever does so alone is no offer, all of them are another format.
            assert set(fetched.quotes) <= set(whole.quotes), path
        else:
            assert fetched.quotes == whole.quotes, path
    assert missed >= 4


def renamed(value, key):
    """A document with a key renamed wherever it is."""
    if isinstance(value, dict):
        return {f"{k}_v2" if k == key else k: renamed(part, key) for k, part in value.items()}
    return [renamed(part, key) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("slug", "name"), JSON_FEEDS)
def test_feed__field_renamed_everywhere__refuses_the_answer_or_changes_nothing(slug, name):
    whole = read(slug, (FIXTURES / name).read_bytes())
    missed = 0
    for key in sorted({path[-1] for path in keys_of(fixture(name))}):
        try:
            fetched = read(slug, body_of(renamed(fixture(name), key)))
        except SourceMalformed:
            missed += 1
            continue
        assert fetched.quotes == whole.quotes, key
    assert missed >= 4


def priced(document, slug):
    """Where the prices are that a feed reads first."""
    last = VENUES[slug].feed.asks[0].path.rpartition(".")[2]
    return [
        path for path in keys_of(document) if path[-1] == last and isinstance(path[-2], int | str)
    ]


def one_model():
    """Akash's answer with the H100 alone, at 1.65."""
    document = fixture("akash_gpu_prices.json")
    del document["models"][1:]
    return document


NO_PRICES = ["free", True, None, [1], {"usd": 1}, "1" * 41, "+1", "1e400", "NaN", "Infinity", ""]


@pytest.mark.parametrize(("slug", "name"), JSON_FEEDS)
@pytest.mark.parametrize("price", NO_PRICES)
def test_feed__one_price_of_another_type__refuses_its_row_and_no_other(slug, name, price):
    whole = read(slug, (FIXTURES / name).read_bytes())
    document = fixture(name)
    first = priced(document, slug)[0]
    put(document, first, price)
    fetched = outcome(slug, document)
    if isinstance(fetched, SourceMalformed):
        # No other row has a price.
        assert "; 1 of 1 rows" in fetched.reason
        return
    ((where, reason),) = fetched.refused
    assert where == "row 0"
    assert first[-1] in reason
    assert fetched.quotes
    assert set(map(line_of, fetched.quotes)) <= set(map(line_of, whole.quotes))


@pytest.mark.parametrize(("slug", "name"), JSON_FEEDS)
@pytest.mark.parametrize("price", NO_PRICES)
def test_feed__every_price_of_another_type__refuses_the_whole_answer(slug, name, price):
    document = fixture(name)
    for path in priced(document, slug):
        put(document, path, price)
    with pytest.raises(SourceMalformed):
        read(slug, body_of(document))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400", "1e-400", "+1", "01"])
def test_feed__number_that_is_none__refuses_the_whole_answer(text):
    body = body_of(one_model()).replace(b"1.65", text.encode())
    with pytest.raises(SourceMalformed):
        read("akash", body)


@pytest.mark.parametrize(
    ("text", "price8"),
    [
        ("1.65e0", 165 * CENT),
        ("165E-2", 165 * CENT),
        ("0.165e+1", 165 * CENT),
        ('"1.65e0"', 165 * CENT),
        ("5e-05", 5_000),
        ("1e-7", 10),
        # Half of the eighth decimal goes to the even side, one digit far behind it goes up.
        ("2.5e-8", 2),
        ("2.50000000000000000000000000000000001e-8", 3),
    ],
)
def test_feed__number_with_an_exponent__is_read_exactly(text, price8):
    body = body_of(one_model()).replace(b"1.65", text.encode())
    assert [quote.price8 for quote in read("akash", body).quotes] == [price8]


@pytest.mark.parametrize("count", ["8.0", "8e0", "0.8e1", "80E-1"])
@pytest.mark.parametrize("wrong", ["8.5", "8e-1", "1e40", '"8"'])
def test_feed__count_that_is_written_as_a_number__is_one_when_it_is_whole(count, wrong):
    body = (FIXTURES / "lium_executors.json").read_bytes()
    stated = body.replace(b'"gpu_count": 8', b'"gpu_count": ' + count.encode())
    assert read("lium", stated) == read("lium", body)
    broken = body.replace(b'"gpu_count": 8', b'"gpu_count": ' + wrong.encode(), 1)
    ((where, reason),) = read("lium", broken).refused
    assert where == "row 0"
    assert "gpu_count" in reason


ROWS = st.lists(
    st.sampled_from(("sound", None, "", "free", "1e999", [], {})), min_size=1, max_size=40
)


@given(ROWS)
def test_feed__rows_with_and_without_a_price__are_refused_one_by_one_up_to_one_in_ten(prices):
    rows = [
        fixture("lium_executors.json")[0]
        | {"id": str(number), "price_per_gpu": 2 + number if price == "sound" else price}
        for number, price in enumerate(prices)
    ]
    bad = [number for number, price in enumerate(prices) if price != "sound"]
    if bad and (len(bad) == len(rows) or len(bad) > max(1, len(rows) // 10)):
        with pytest.raises(SourceMalformed, match=f"{len(bad)} of {len(rows)} rows") as failure:
            read("lium", body_of(rows))
        assert failure.value.where == f"row {bad[0]}"
        return
    fetched = read("lium", body_of(rows))
    assert [where for where, _ in fetched.refused] == [f"row {number}" for number in bad]
    (found,) = fetched.quotes
    assert found.n_offers == len(rows) - len(bad)


@given(st.binary(max_size=12) | st.text(max_size=12) | st.integers() | st.none() | st.booleans())
def test_feed__a_field_of_one_row_is_anything__changes_no_other_row(value):
    rows = fixture("lium_executors.json")
    value = value.hex() if isinstance(value, bytes) else value
    for key in rows[0]:
        if key == "id":
            continue
        changed = [rows[0] | {key: value}, *rows[1:]]
        fetched = read("lium", body_of(changed))
        assert len(fetched.refused) <= 1
        if fetched.refused:
            assert fetched.refused[0].where == "row 0"
            assert fetched.quotes == read("lium", body_of(rows[1:])).quotes


def test_feed__one_price_is_null__refuses_that_row_by_name():
    document = fixture("nosana_markets.json")
    put(document, (0, "usd_reward_per_hour"), None)
    fetched = read("nosana", body_of(document))
    assert fetched.refused == (("row 0", "usd_reward_per_hour is null, not a number"),)
    assert [quote.gpu_model for quote in fetched.quotes] == ["H100"]


def test_feed__refused_row_says_something_long_and_unprintable__is_cut_and_escaped():
    document = fixture("nosana_markets.json")
    put(document, (0, "usd_reward_per_hour"), "\x1b[2J\n" + "x" * 10**6)
    ((_, reason),) = read("nosana", body_of(document)).refused
    assert reason.isprintable()
    assert len(reason) <= 200


@pytest.mark.parametrize("row", [None, 7, "row", [], [{}]])
def test_feed__row_that_is_no_object__is_refused_alone(row):
    rows = fixture("lium_executors.json")
    fetched = read("lium", body_of([*rows, row]))
    assert [where for where, _ in fetched.refused] == [f"row {len(rows)}"]
    assert fetched.quotes == read("lium", body_of(rows)).quotes


def with_second_block(**stated):
    document = fixture("akash_gpu_prices.json")
    for model in document["models"]:
        if model["price"] is not None:
            model["priceUakt"] = {"currency": "uakt", "med": 2_064_030.0}
            model["price"] |= stated
    return document


def test_feed__second_block_of_prices_in_another_currency__leaves_the_first_as_it_is():
    plain = read("akash", (FIXTURES / "akash_gpu_prices.json").read_bytes())
    assert read("akash", body_of(with_second_block())) == plain


@pytest.mark.parametrize("stated", [{"currency": "uakt"}, {"currency": None}, {"currency": ""}])
def test_feed__second_block_and_the_first_is_not_said_to_be_dollars__is_refused(stated):
    with pytest.raises(SourceMalformed, match="not USD"):
        read("akash", body_of(with_second_block(**stated)))


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (0, "ZERO_OR_NEGATIVE"),
        (-3, "ZERO_OR_NEGATIVE"),
        (0.5, "PLACEHOLDER"),
        (10**8, "OUT_OF_BAND"),
    ],
)
def test_feed__absurd_price__is_a_quote_that_the_screen_refuses(price, reason):
    document = fixture("akash_gpu_prices.json")
    put(document, ("models", 0, "price", "med"), price)
    quotes = [replace(q, terms=Terms.OPEN) for q in read("akash", body_of(document)).quotes]
    panel = replace(PANEL, providers=("akash", "b", "c"))
    (refused,) = screen(quotes, METHOD_1, panel, NOON).rejected
    assert refused.reason == reason


@pytest.mark.parametrize("price", [10**12, -(10**12), 10**30])
def test_feed__price_no_recording_can_hold__is_left_out_with_its_reason(price):
    document = one_model()
    put(document, ("models", 0, "price", "med"), price)
    fetched = read("akash", body_of(document))
    assert fetched.quotes == ()
    assert "thousand million" in " ".join(each.reason for each in fetched.omitted)


@pytest.mark.parametrize("name", ["x" * 101, "two\nlines", "a\x00b", "a\u202eb"])
def test_feed__name_no_recording_can_hold__is_left_out_and_spoils_nothing(name):
    document = fixture("lium_executors.json")
    document[0]["machine_name"] = name
    fetched = read("lium", body_of(document))
    assert {each.reason for each in fetched.omitted} >= {"a name that cannot be written down"}
    assert len(fetched.quotes) == 8


@given(
    cents=st.integers(1, 10**7), gpus=st.sampled_from((1, 2, 3, 4, 7, 8)), fee=st.integers(0, 50)
)
def test_feed__price_of_an_instance_in_cents__is_divided_half_even_once(cents, gpus, fee):
    feed = VENUES["lambda"].feed
    row = fixture("lambda_instance_types.json")["data"]["gpu_1x_a10"]
    row["instance_type"] |= {"price_cents_per_hour": cents}
    row["instance_type"]["specs"]["gpus"] = gpus
    (found,) = read("lambda", body_of({"data": {"one": row}})).quotes
    exact, rest = divmod(cents * 10**6, gpus)
    assert found.price8 - exact in ((0, 1) if rest else (0,))
    assert abs(2 * (found.price8 * gpus - cents * 10**6)) <= gpus
    assert feed.combine is Combine.LOWEST


@pytest.mark.parametrize("fee", [-10, 101, "ten", None])
def test_feed__fee_that_is_no_part_of_a_hundred__refuses_its_row_and_all_when_they_have_it(fee):
    document = fixture("nosana_markets.json")
    put(document, (0, "network_fee_percentage"), fee)
    ((where, reason),) = read("nosana", body_of(document)).refused
    assert where == "row 0"
    assert "network_fee_percentage" in reason
    put(document, (2, "network_fee_percentage"), fee)
    with pytest.raises(SourceMalformed):
        read("nosana", body_of(document))


@pytest.mark.parametrize("time", ["yesterday", "", "0001-01-01T00:00:00Z", 17, "2026-13-01"])
def test_feed__time_that_is_none__refuses_its_row_and_all_when_they_have_it(time):
    document = fixture("gpurentalprices_latest.json")
    put(document, ("offers", 0, "fetched_at"), time)
    fetched = read("gpurentalprices", body_of(document))
    assert [where for where, _ in fetched.refused] == ["row 0"]
    assert [quote.provider for quote in fetched.quotes] == ["verda"]
    for row in document["offers"]:
        row["fetched_at"] = time
    with pytest.raises(SourceMalformed):
        read("gpurentalprices", body_of(document))


def test_feed__offers_in_another_order__gives_the_same_quotes():
    hosts = fixture("lium_executors.json")
    assert read("lium", body_of(hosts[::-1])).quotes == read("lium", body_of(hosts)).quotes


def test_feed__one_offer_with_two_contents__refuses_the_whole_answer():
    hosts = fixture("lium_executors.json")
    with pytest.raises(SourceMalformed, match="two different offers"):
        read("lium", body_of([*hosts, hosts[0] | {"price_per_gpu": 9}]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gpu_slug,date\nnvidia-h100\n",
        "gpu_slug,gpu_slug\n1,2\n",
        "gpu_slug,date,billing_type\nnvidia-h100,2026-09-28,ON_DEMAND\n",
        'gpu_slug,"date\n',
    ],
)
def test_table__of_another_shape__is_malformed(text):
    with pytest.raises(SourceMalformed):
        read("getdeploying", text.encode())


def test_table__cut_within_a_line__is_malformed():
    body = (FIXTURES / "getdeploying_h100.csv").read_bytes()
    with pytest.raises(SourceMalformed, match="fields"):
        read("getdeploying", body[:-30])


TABLE = (FIXTURES / "getdeploying_h100.csv").read_bytes()


def test_table__with_a_mark_or_all_fields_quoted__is_the_same():
    plain = read("getdeploying", TABLE)
    assert read("getdeploying", b"\xef\xbb\xbf" + TABLE) == plain
    quoted = "".join(
        ",".join(f'"{field}"' for field in line.split(",")) + "\r\n"
        for line in TABLE.decode().splitlines()
    )
    assert read("getdeploying", quoted.encode()) == plain


@pytest.mark.parametrize("line", ["a,b", 'a"b', '"a"b,c', ",".join("x" * 50), '"a'])
def test_table__one_line_is_no_row__is_refused_alone(line):
    fetched = read("getdeploying", TABLE + line.encode() + b"\n")
    ((where, reason),) = fetched.refused
    assert where == f"row {TABLE.count(bytes([10])) - 1}"
    assert f"line {TABLE.count(bytes([10])) + 1}" in reason
    assert fetched.quotes == read("getdeploying", TABLE).quotes


def test_table__a_quote_that_does_not_close__is_malformed_for_what_it_swallows():
    head, first, rest = TABLE.split(b"\n", 2)
    with pytest.raises(SourceMalformed, match="swallows"):
        read("getdeploying", b"\n".join([head, b'"' + first, rest]))


def test_hardware__name_or_memory_not_in_the_table__stays_as_the_venue_wrote_it():
    names = load_hardware()
    assert names.part("nvidia  H100 80gb_HBM3") == GpuPart("H100", "SXM", 80)
    assert names.part("A100 SXM4", 80) == GpuPart("A100", "SXM", 80)
    # Which of the two it is nobody said.
    assert names.part("A100 SXM4") == GpuPart("A100 SXM4", "", 0)
    assert names.part("NVIDIA H100 80GB HBM3", 94) == GpuPart("NVIDIA H100 80GB HBM3", "", 94)
    assert names.part("GPU of tomorrow") == GpuPart("GPU of tomorrow", "", 0)
    assert names.instance("P5.48XLARGE") == (GpuPart("H100", "SXM", 80), 8)
    assert names.instance("p9.metal") is None


@pytest.mark.parametrize("second", [{"spelled": ["a 100"]}, {"instances": {"P-1": 1}}])
def test_hardware__one_name_for_two_parts__is_refused(second):
    first = {
        "model": "A",
        "variant": "",
        "memory_gb": 1,
        "spelled": ["A-100"],
        "instances": {"p.1": 8},
    }
    with pytest.raises(BadHardware):
        hardware_of({"part": [first, {"model": "B", "variant": "", "memory_gb": 1} | second]})


SOUND = {
    "kind": "rest",
    "url": "https://example.org",
    "terms": "open",
    "attribution": "",
    "name": ["name"],
    "tier": {"const": "spot"},
    "price": [{"path": "usd", "unit": "usd", "per": "gpu"}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"price": []},
        {"price": [{"path": "usd", "unit": "eur", "per": "gpu"}]},
        {"price": [{"path": "usd", "unit": "usd", "per": "hour"}]},
        {"price": [{"path": "usd", "unit": "usd", "per": "instance"}]},
        {"name": []},
        {"tier": {}},
        {"kind": "paged"},
        {"kind": "graphql"},
        {"kind": "gpuhunt"},
        {"kind": "telepathy"},
        {"paging": {"next": "next"}},
        {"kept": []},
        {"keep": [{"path": "a"}]},
        {"cadence": "yearly"},
    ],
)
def test_feed__that_makes_no_sense__is_refused_with_the_table(change):
    assert feed_of("a", SOUND).asks
    with pytest.raises(BadFeed, match="the feed of a"):
        feed_of("a", SOUND | change)


def test_feed__parquet__is_read_as_the_same_rows(tmp_path):
    pl = pytest.importorskip("polars")
    rows = {"name": ["H100 SXM", "H100 SXM"], "usd": [2.25, 1.9], "gpus": [8, 8]}
    path = tmp_path / "quotes.parquet"
    pl.DataFrame(rows).write_parquet(path)
    feed = feed_of("lium", SOUND | {"kind": "parquet", "gpu_count": "gpus"})
    changes = {name: getattr(feed, name) for name in feed.__dataclass_fields__}
    for name in ("url", "terms"):
        del changes[name]
    (found,) = ask("lium", Answer(path.read_bytes()), **changes | {"enabled": True}).quotes
    assert (found.price8, found.gpu_count, found.n_offers, found.tier) == (190 * CENT, 8, 2, SPOT)
    with pytest.raises(SourceMalformed):
        ask("lium", Answer(path.read_bytes()[:-9]), **changes | {"enabled": True})


def test_fixtures__all__are_read_by_a_test():
    names = {name for _, name in EXPECTED} | {"lium_executors.json"}
    assert {path.name for path in FIXTURES.iterdir() if path.suffix not in ("", ".md")} == names
    assert json.loads((FIXTURES / "lium_executors.json").read_text())
