"""Whatever a peer sends is that peer's own refusal, and its text forges no line of a log."""

import json
from concurrent.futures import Future

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from oracle.consensus.peers import ObservationRequest
from oracle.consensus.validation import Refusal, RefusalReason
from tests.oracle.consensus.test_validation import EXPECTED, KEYS, admit, stated
from tests.support.peer import peer, says

pytestmark = pytest.mark.full

OWN = admit("", stated(key=KEYS[0]), EXPECTED)
GOOD = stated(key=KEYS[1])
CLIENT = PeerClient("http://127.0.0.1:1", 1)


def gather(response):
    """What becomes of one finished response; an exception stands for a failed exchange."""
    done = Future()
    if isinstance(response, Exception):
        done.set_exception(response)
    else:
        done.set_result(response)
    return ObservationRequest(EXPECTED, 0, 0, waiting={done: CLIENT}).gather(OWN)


STRANGE = [
    "1e999", "-1e999", "NaN", "Infinity", "1.0", "1.5", "true", "null", "[]", "{}", "-1",
    str(2**64), "9" * 4_000, "9" * 5_000, '"1"', '"1e3"', '"-1"', '"+1"', '"0x1"', '"1_000"',
    '" 1"', '"01"', '"\u0661"', '"\\ud800"', '"\\u0000"', '""', '"' + "9" * 5_000 + '"',
    "[" * 40_000 + "]" * 40_000, "[" * 60_000, '{"a":' * 10_000 + "1" + "}" * 10_000,
    '["1"]', "[1]", '["18446744073709551616"]', json.dumps(["1"] * 17), json.dumps(["1"] * 9_000),
]  # fmt: skip
FIELDS = ["observation", "signature", *(f"observation.{name}" for name in GOOD["observation"])]


def replaced(field, text):
    """The good answer with one field replaced by JSON text."""
    outer, _, inner = field.partition(".")
    document = json.loads(json.dumps(GOOD))
    (document[outer] if inner else document).update({inner or outer: "HERE"})
    return json.dumps(document).replace('"HERE"', text).encode("utf-8", "surrogatepass")


def assert_is_its_own_refusal(gathered):
    assert gathered.parts == (OWN,)
    (refusal,) = gathered.refusals
    assert refusal.peer == CLIENT.url
    assert refusal.detail.isprintable()
    assert len(refusal.detail) <= 1_000


@pytest.mark.parametrize("field", FIELDS)
def test_gather__a_field_of_another_type_or_size__is_malformed_or_of_another_round(field):
    for text in STRANGE:
        if (field, text) == ("observation.present", '"1"'):
            # As it was signed.
            continue
        assert_is_its_own_refusal(gather(PeerResponse(200, replaced(field, text))))


@pytest.mark.parametrize("change", [{"more": 1}, {"observation": {**GOOD["observation"], "x": 1}}])
def test_gather__a_field_that_nobody_signs__is_malformed(change):
    gathered = gather(PeerResponse(200, json.dumps(GOOD | change).encode()))
    assert_is_its_own_refusal(gathered)
    assert gathered.refusals[0].reason is RefusalReason.MALFORMED


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(FIELDS), inner),
)
BODIES = st.one_of(
    st.binary(max_size=300),
    DOCUMENTS.map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda field, value: replaced(field, json.dumps(value)), st.sampled_from(FIELDS), DOCUMENTS
    ),
    st.builds(
        lambda field, value: json.dumps({**GOOD, field: value}).encode(), st.text(), DOCUMENTS
    ),
)


@settings(max_examples=500)
@given(st.integers(100, 599) | st.just(200), BODIES)
def test_gather__any_status_and_body__leaves_the_other_parts_alone(status, body):
    gathered = gather(PeerResponse(status, body))
    if len(gathered.parts) == 1:
        assert_is_its_own_refusal(gathered)
    else:
        # Some changes leave the content as it was signed.
        assert gathered.refusals == ()


@pytest.mark.parametrize(
    "defect", [RuntimeError("x\n"), MemoryError(), RecursionError(), KeyError()]
)
def test_gather__a_failure_nobody_foresaw__is_that_peers_refusal(defect):
    assert_is_its_own_refusal(gather(defect))


def test_gather__a_peer_states_infinity_for_its_slot__the_round_goes_on_without_it():
    with peer(says(replaced("observation.slot", "1e999"))) as url:
        response = PeerClient(url, 5).get("/observation?slot=1")
        assert_is_its_own_refusal(gather(response))


FORGED = "no\n2026-03-04 00:00:00 INFO node-1: slot 5 landed\r\x1b[2J\u202e"


@pytest.mark.parametrize(
    "response",
    [
        PeerResponse(409, json.dumps({"detail": FORGED}).encode()),
        PeerResponse(409, json.dumps({"detail": FORGED * 500}).encode()),
        PeerResponse(409, json.dumps({"detail": [FORGED]}).encode()),
        PeerResponse(200, replaced("observation.slot", json.dumps(FORGED))),
        PeerResponse(200, json.dumps({FORGED: 1}).encode()),
        NoAnswer("http://127.0.0.1:1", FORGED),
    ],
    ids=["detail", "long detail", "list", "field", "name", "status line"],
)
def test_refusal__with_newlines_and_terminal_codes__stays_one_short_line(response):
    gathered = gather(response)
    assert_is_its_own_refusal(gathered)
    assert str(gathered.refusals[0]).isprintable()


def test_refusal__of_plain_text__is_left_as_it_is():
    assert Refusal("p", RefusalReason.DECLINED, "409 slot 5 – ahead").detail == "409 slot 5 – ahead"
