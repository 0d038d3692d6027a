"""The calibration kit on a machine without a GPU: it says so, and measures nothing."""

import json
from importlib.util import find_spec

import pytest

from oracle.calibration.device import NoGpu
from oracle.calibration.kinds import GROUPS
from oracle.calibration.kit import measure, self_test
from oracle.calibration.shapes import FULL
from pargrade.data.files import DATA
from pargrade.factor.calibration import BadMeasurement, Measurement, ParRecord
from tests.support.cli import run

RECORD = ParRecord.from_json(json.loads((DATA / "par-record.json").read_text()))
NO_TORCH = pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here")


@NO_TORCH
def test_kit__without_torch__says_that_there_is_nothing_to_measure():
    with pytest.raises(NoGpu, match="torch is not installed"):
        measure()
    with pytest.raises(NoGpu, match="torch is not installed"):
        self_test("cpu")
    refused = run("unit", "measure")
    assert refused.code == 1
    assert "there is no GPU to measure" in refused.error
    assert "Install torch" in refused.hint


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (["--device", "cpu"], "add --quick"),
        (["--device", "tpu"], "is none of cuda, cpu"),
        (["--quick", "--out", "result.json"], "--out with --quick"),
        (["--quick", "--key", "env:NONE"], "--key with --quick"),
    ],
)
def test_command__a_self_test_taken_for_a_calibration__is_refused_before_anything_runs(
    options, refusal, tmp_path
):
    refused = run("unit", "measure", *options)
    assert refused.code == 2
    assert refusal in refused.err
    assert not (tmp_path / "result.json").exists()


def test_self_test__as_json__is_no_measurement():
    shown = {"self_test": True, "device": "x86_64", "software": "torch", "ran": [], "failed": {}}
    with pytest.raises(BadMeasurement):
        Measurement.from_json(shown)


def test_full_sizes__are_those_of_the_record():
    stated = {kind.name: kind.work for kind in RECORD.kinds}
    assert stated["bf16_product"].startswith(f"dense product of {FULL.side} x {FULL.side} ")
    assert stated["copy"].startswith(f"copy of {FULL.copied * 4 // 2**30} GiB")
    assert stated["prefill"].endswith("{} x {} tokens".format(*FULL.block.prefill))
    for batch, tokens in FULL.block.decode:
        assert stated[f"decode_{batch}_{tokens}"].endswith(
            f"batch {batch}, {tokens} tokens of cache"
        )
    train = FULL.train
    assert stated["train"].endswith(f"{train.batch} x {train.tokens} tokens")
    assert f"{FULL.sustained_s} s" in stated["bf16_sustained"]


def test_groups__together__are_the_kinds_of_the_record_once_each():
    named = [kind for group in GROUPS for kind in group.kinds]
    assert sorted(named) == sorted(kind.name for kind in RECORD.kinds)
