"""A measurement beside par's record: kind by kind, signed, and strict about what it reads."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.keys import recover
from pargrade.data.files import DATA
from pargrade.devnet.anvil import DEVNET_KEYS, devnet_keys
from pargrade.factor.calibration import (
    BadMeasurement,
    Measurement,
    ParRecord,
    compare,
    rate_of,
)
from tests.support.cli import run

DOCUMENT = json.loads((DATA / "par-record.json").read_text())
RECORD = ParRecord.from_json(DOCUMENT)
KINDS = [kind.name for kind in RECORD.kinds]
RATES = st.dictionaries(
    st.sampled_from(KINDS), st.floats(0.001, 1e8).map(rate_of), min_size=1, max_size=len(KINDS)
)


def measured(rates, device="NVIDIA H200"):
    return Measurement(device, "torch 2.11, CUDA 13.0", 1_795_900_000, rates, {})


def of_run(number):
    stated = DOCUMENT["runs"][number]
    return measured({k: Decimal(v) for k, v in stated["rates"].items()}, stated["device"])


@given(RATES)
def test_measurement__as_json__reads_back_with_the_same_digest(rates):
    found = measured(rates)
    again = Measurement.from_json(json.loads(json.dumps(found.to_json())))
    assert (again, again.digest) == (found, found.digest)


@given(RATES, st.sampled_from(KINDS))
def test_measurement__one_rate_changed__is_signed_by_nobody(rates, kind):
    key = devnet_keys()[0]
    found = measured(rates)
    other = measured({**rates, kind: rates.get(kind, Decimal(1)) + 1})
    signature = key.sign(found.digest)
    assert recover(found.digest, signature) == key.address
    assert recover(other.digest, signature) != key.address


def test_compare__each_machine_of_par__stands_as_par_in_every_kind():
    for number in (0, 1):
        standings = compare(of_run(number), RECORD)
        assert len(standings) >= 7
        assert {each.verdict for each in standings} == {"as par"}


def test_compare__h200__is_above_par_where_memory_decides_and_as_par_elsewhere():
    stands = {each.kind.name: each.verdict for each in compare(of_run(2), RECORD)}
    above = {kind for kind, verdict in stands.items() if verdict == "above par"}
    assert above == {"copy", "decode_64_4096", "decode_256_1024"}
    assert set(stands.values()) == {"above par", "as par"}


def test_compare__half_a_machine__is_below_par_in_every_kind():
    half = {kind.name: rate_of(float(kind.par) / 2) for kind in RECORD.kinds}
    standings = compare(measured(half), RECORD)
    assert {each.verdict for each in standings} == {"below par"}
    assert all(abs(each.ratio - Fraction(1, 2)) < Fraction(1, 1000) for each in standings)


def test_record__delivered_shares_of_par__are_those_measured_and_not_the_declared_two_fifths():
    shares = {
        kind: float(RECORD.delivered_share(kind)) for kind in ("bf16_sustained", "prefill", "train")
    }
    assert shares == pytest.approx(
        {"bf16_sustained": 0.677, "prefill": 0.690, "train": 0.547}, abs=0.002
    )


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "another"},
        {"device": ""},
        {"device": "x" * 101},
        {"device": "a\nb"},
        {"measured_at": 0},
        {"measured_at": None},
        {"rates": {"copy": "NaN"}},
        {"rates": {"copy": "-1"}},
        {"rates": {"copy": "Infinity"}},
        {"rates": {"copy": "fast"}},
        {"rates": {str(n): "1" for n in range(65)}},
        {"rates": []},
        {"failed": None},
    ],
)
def test_measurement__of_no_machine__is_refused(change):
    good = of_run(0).to_json()
    with pytest.raises(BadMeasurement):
        Measurement.from_json({**good, **change})


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_measurement__another_document__is_refused(document):
    with pytest.raises(BadMeasurement):
        Measurement.from_json(document)


def test_command__an_earlier_result__is_compared_without_a_gpu_and_names_its_signer(tmp_path):
    found, key = of_run(2), devnet_keys()[0]
    signature = "0x" + key.sign(found.digest).compact.hex()
    file = tmp_path / "result.json"
    file.write_text(json.dumps({**found.to_json(), "signature": signature}))
    printed = run("unit", "measure", "--result", str(file), "--json").json
    assert printed["signer"] == key.address
    assert {each["kind"] for each in printed["standings"]} == set(KINDS)
    assert DEVNET_KEYS[0] not in json.dumps(printed)


def test_command__a_result_changed_after_it_was_signed__is_refused(tmp_path):
    found, key = of_run(2), devnet_keys()[0]
    signature = "0x" + key.sign(found.digest).compact.hex()
    signed = {**found.to_json(), "signature": signature, "signer": key.address}
    better = {**signed, "rates": {**signed["rates"], "train": "900"}}
    file = tmp_path / "result.json"
    file.write_text(json.dumps(signed))
    assert run("unit", "measure", "--result", str(file), "--json").json["signer"] == key.address
    for changed in (better, {**signed, "signer": devnet_keys()[1].address}):
        file.write_text(json.dumps(changed))
        assert "was changed after" in run("unit", "measure", "--result", str(file)).error


def test_command__a_result_that_is_none__is_one_error(tmp_path):
    file = tmp_path / "result.json"
    for text in ("", "[]", "{}", '{"schema": "pargrade-measurement-1"}'):
        file.write_text(text)
        refused = run("unit", "measure", "--result", str(file))
        assert refused.code == 1
        assert "measurement" in refused.error
