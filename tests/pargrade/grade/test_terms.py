"""Grade terms: what is refused, what files say, and the id against the compiled registry."""

import json
from dataclasses import astuple, replace

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrevm import EVM

from pargrade.chain.artifact import load_artifact
from pargrade.grade import refusals as bad
from pargrade.grade.conversion import units_for
from pargrade.grade.file import DEVNET_GRADES, Proposal, load_proposal, load_terms, terms_of
from pargrade.grade.terms import Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.grade.yaml_text import read_yaml
from pargrade.units import BadAmount, Scu, TooPrecise

TOKEN = "0x" + "ab" * 20
GPU_HOUR = GradeTerms(
    network="aurora",
    token=TOKEN,
    decimals=6,
    kind=Kind.REDEEMABLE,
    denomination=Denomination.GPU_HOUR,
    model="A100-SXM-80",
    precision=Precision.NONE,
    basis=Basis.NONE,
    input_tokens=0,
    output_tokens=0,
    quantity=3_600,
    scu_per_token=Scu.parse("0.6324"),
    method_hash=b"\x07" * 32,
    valid_until=1_800_000_000,
    deposit_cap=Scu.parse("1000000"),
)
FLOP = replace(
    GPU_HOUR,
    denomination=Denomination.FLOP,
    model="",
    precision=Precision.BF16,
    basis=Basis.DELIVERED,
    quantity=10**18,
)
INFERENCE = replace(
    GPU_HOUR,
    denomination=Denomination.INFERENCE,
    model="Llama-2-70B",
    precision=Precision.FP8,
    input_tokens=1_024,
    output_tokens=1_024,
    quantity=10**6,
)
STATED = {
    "network": "exaline",
    "token": TOKEN,
    "decimals": 8,
    "kind": "REDEEMABLE",
    "denomination": "FLOP",
    "precision": "BF16",
    "basis": "DELIVERED",
    "quantity": "1000000000000000000",
    "scu_per_token": "0.7019",
    "method_hash": "0x" + "07" * 32,
    "valid_until": "2027-03-01T00:00:00Z",
    "deposit_cap": "1000000",
}


@pytest.mark.parametrize(
    ("terms", "changed", "refusal"),
    [
        (GPU_HOUR, {"network": ""}, bad.MissingNetwork),
        (GPU_HOUR, {"token": ""}, bad.MissingToken),
        (GPU_HOUR, {"token": "0x" + "00" * 20}, bad.MissingToken),
        (GPU_HOUR, {"kind": Kind.NONE}, bad.MissingKind),
        (GPU_HOUR, {"denomination": Denomination.NONE}, bad.MissingDenomination),
        (GPU_HOUR, {"model": ""}, bad.MissingModel),
        (GPU_HOUR, {"quantity": 0}, bad.MissingQuantity),
        (GPU_HOUR, {"scu_per_token": Scu(0)}, bad.MissingFactor),
        (GPU_HOUR, {"method_hash": bytes(32)}, bad.MissingMethod),
        (GPU_HOUR, {"method_hash": b"\x07" * 31}, bad.MissingMethod),
        (GPU_HOUR, {"valid_until": 0}, bad.MissingValidity),
        (GPU_HOUR, {"deposit_cap": Scu(0)}, bad.MissingDepositCap),
        (FLOP, {"precision": Precision.NONE}, bad.MissingPrecision),
        (FLOP, {"basis": Basis.NONE}, bad.MissingBasis),
        (INFERENCE, {"model": ""}, bad.MissingModel),
        (INFERENCE, {"precision": Precision.NONE}, bad.MissingPrecision),
        (INFERENCE, {"input_tokens": 0}, bad.MissingLengthProfile),
        (INFERENCE, {"output_tokens": 0}, bad.MissingLengthProfile),
    ],
)
def test_terms__a_field_missing__are_refused_by_its_own_error(terms, changed, refusal):
    with pytest.raises(bad.UnderSpecified) as refused:
        replace(terms, **changed)
    assert type(refused.value) is refusal
    assert refused.value.field in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("terms", "changed", "field"),
    [
        (GPU_HOUR, {"precision": Precision.BF16}, "precision"),
        (GPU_HOUR, {"basis": Basis.PEAK}, "basis"),
        (GPU_HOUR, {"input_tokens": 1}, "length profile"),
        (FLOP, {"model": "H100"}, "model"),
        (FLOP, {"output_tokens": 1}, "length profile"),
        (INFERENCE, {"basis": Basis.DELIVERED}, "basis"),
    ],
)
def test_terms__a_field_of_another_denomination__are_refused(terms, changed, field):
    with pytest.raises(bad.OutOfPlace) as refused:
        replace(terms, **changed)
    assert (refused.value.field, refused.value.denomination) == (field, terms.denomination.name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decimals", 78),
        ("decimals", -1),
        ("quantity", 2**256),
        ("scu_per_token", Scu(2**128)),
        ("valid_until", 2**40),
        ("deposit_cap", Scu(2**128)),
    ],
)
def test_terms__a_number_the_contract_cannot_hold__are_refused(field, value):
    with pytest.raises(bad.OutOfRange) as refused:
        replace(GPU_HOUR, **{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)


def test_terms__a_factor_beyond_four_decimals__are_refused():
    with pytest.raises(bad.FactorTooFine) as refused:
        replace(GPU_HOUR, scu_per_token=Scu.parse("0.63241"))
    assert refused.value.scu_per_token == Scu.parse("0.63241")


def test_terms__any_of_the_three_denominations__convert_by_their_factor():
    assert units_for(10**6, GPU_HOUR) == Scu.parse("0.6324")


@pytest.fixture(scope="module")
def registry_id():
    """gradeIdOf of the registry that ships, run in a real EVM."""
    evm, caller = EVM(), "0x" + "11" * 20
    evm.set_balance(caller, 10**24)
    creation = load_artifact("GradeRegistry").creation_code + encode(["address"], [caller])
    registry = evm.deploy(caller, creation)
    struct = (
        "(string,address,uint8,uint8,uint8,string,uint8,uint8,"
        "uint32,uint32,uint256,uint128,bytes32,uint40,uint128)"
    )
    selector = keccak(text=f"gradeIdOf({struct})")[:4]
    return lambda terms: bytes(
        evm.message_call(caller, registry, calldata=selector + encode([struct], [astuple(terms)]))
    )


NAMES = st.text(min_size=1, max_size=70)


@settings(max_examples=60)
@given(
    st.sampled_from([GPU_HOUR, FLOP, INFERENCE]),
    NAMES,
    NAMES,
    st.binary(min_size=20, max_size=20).filter(any),
    st.integers(0, 36),
    st.sampled_from([Kind.REDEEMABLE, Kind.COLLATERAL]),
    st.integers(1, 2**256 - 1),
    st.integers(1, (2**128 - 1) // 10**14),
    st.binary(min_size=32, max_size=32).filter(any),
)
def test_grade_id__any_terms__is_what_the_registry_computes(
    registry_id, terms, network, model, token, decimals, kind, quantity, factor4, method_hash
):
    drawn = replace(
        terms,
        network=network,
        model=model if terms.model else "",
        token="0x" + token.hex(),
        decimals=decimals,
        kind=kind,
        quantity=quantity,
        scu_per_token=Scu(factor4 * 10**14),
        method_hash=method_hash,
    )
    assert drawn.grade_id == registry_id(drawn)


def test_grade_id__any_field_changed__is_another_grade():
    revised = [
        replace(GPU_HOUR, network="aurora2"),
        replace(GPU_HOUR, scu_per_token=Scu.parse("0.6325")),
        replace(GPU_HOUR, valid_until=GPU_HOUR.valid_until + 1),
        replace(GPU_HOUR, decimals=7),
        FLOP,
        INFERENCE,
    ]
    assert len({terms.grade_id for terms in [GPU_HOUR, *revised]}) == 1 + len(revised)


def test_terms_of__a_full_mapping__reads_every_field_exactly():
    terms = terms_of(STATED)
    assert terms == replace(
        FLOP,
        network="exaline",
        decimals=8,
        scu_per_token=Scu.parse("0.7019"),
        valid_until=1_803_859_200,
    )


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("network", bad.MissingNetwork),
        ("token", bad.MissingToken),
        ("decimals", bad.MissingDecimals),
        ("kind", bad.MissingKind),
        ("denomination", bad.MissingDenomination),
        ("precision", bad.MissingPrecision),
        ("basis", bad.MissingBasis),
        ("quantity", bad.MissingQuantity),
        ("scu_per_token", bad.MissingFactor),
        ("method_hash", bad.MissingMethod),
        ("valid_until", bad.MissingValidity),
        ("deposit_cap", bad.MissingDepositCap),
    ],
)
def test_terms_of__a_key_left_out__is_refused_by_its_own_error(key, refusal):
    left = {name: value for name, value in STATED.items() if name != key}
    with pytest.raises(refusal):
        terms_of(left)


@pytest.mark.parametrize(
    ("key", "value", "refusal"),
    [
        ("kind", "redeemable", bad.UnknownWord),
        ("precision", ["BF16"], bad.UnknownWord),
        ("quantity", "1e18", BadAmount),
        ("decimals", "8.5", TooPrecise),
        ("method_hash", "0xzz", bad.MissingMethod),
        ("valid_until", "2027-03-01T00:00:00", bad.MissingValidity),
        ("valid_until", "soon", bad.MissingValidity),
        ("scu_per_tokens", "0.7", bad.UnknownField),
    ],
)
def test_terms_of__a_value_that_cannot_be_read__is_refused(key, value, refusal):
    with pytest.raises(refusal):
        terms_of(STATED | {key: value})


def written(folder, suffix, values):
    """The values in a file, times and hashes bare where the format has a way to write them."""
    if suffix == "json":
        text = json.dumps(values)
    else:
        mark = {"toml": " = ", "yaml": ": "}[suffix]
        text = "\n".join(f"{key}{mark}{json.dumps(value)}" for key, value in values.items())
        text = text.replace('"2027-03-01T00:00:00Z"', "2027-03-01T00:00:00Z")
    if suffix == "yaml":
        text = text.replace(f'"{STATED["method_hash"]}"', STATED["method_hash"])
        text = text.replace(f'"{TOKEN}"', TOKEN)
    path = folder / f"grade.{suffix}"
    path.write_text(text)
    return path


def test_load_terms__toml_yaml_and_json__say_the_same(tmp_path):
    numbers = STATED | {"quantity": 10**18}
    for suffix in ("toml", "yaml", "json"):
        assert load_terms(written(tmp_path, suffix, numbers)) == terms_of(STATED)


@pytest.mark.parametrize("suffix", ["toml", "yaml", "json"])
@pytest.mark.parametrize("number", ["0.7019", "7e-1", "1.0"])
def test_load_terms__a_floating_point_number__is_refused(tmp_path, suffix, number):
    path = written(tmp_path, suffix, STATED | {"scu_per_token": "HERE"})
    # YAML calls 7e-1 text, since it has no point: it is then no decimal amount.
    path.write_text(path.read_text().replace('"HERE"', number))
    with pytest.raises((bad.FloatInTerms, BadAmount)) as refused:
        load_terms(path)
    assert number in str(refused.value)
    if "." in number:
        assert isinstance(refused.value, bad.FloatInTerms)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\na: 2", "stated twice"),
        ("1: 2\n? [x]\n: 3", "no name of a field"),
        ("- a\n- b", "not a table"),
        ("a: [", "expected"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_load_terms__yaml_that_is_no_table__is_a_value_error(tmp_path, text, why):
    path = tmp_path / "grade.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=why):
        load_terms(path)


def test_read_yaml__numbers_with_a_second_reading__stay_as_written():
    assert read_yaml("{a: 010, b: 0x12, c: 1_000, d: 2027-03-01, e: yes}") == {
        "a": "010", "b": "0x12", "c": "1_000", "d": "2027-03-01", "e": "yes",
    }  # fmt: skip


def test_load_proposal__quality__is_beside_the_terms(tmp_path):
    path = written(tmp_path, "toml", STATED)
    path.write_text(path.read_text() + '\n[quality]\nuptime = "95"\n')
    assert load_proposal(path) == Proposal(terms_of(STATED), {"uptime": "95"})


@pytest.mark.parametrize(
    ("name", "denomination", "decimals"),
    [
        ("a100-gpu-hour", Denomination.GPU_HOUR, 6),
        ("bf16-eflop", Denomination.FLOP, 8),
        ("llama2-70b-mtok", Denomination.INFERENCE, 18),
    ],
)
def test_devnet_grades__as_shipped__are_full_terms_once_their_token_is_known(
    name, denomination, decimals
):
    path = DEVNET_GRADES / f"{name}.toml"
    terms = load_terms(path, TOKEN)
    assert (terms.denomination, terms.decimals) == (denomination, decimals)
    assert terms.kind is Kind.REDEEMABLE
    with pytest.raises(bad.MissingToken):
        load_terms(path)
