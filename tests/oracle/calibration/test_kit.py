"""The calibration kit on a machine without a GPU: it says so, and measures nothing."""

from importlib.util import find_spec

import pytest

from oracle.calibration.kit import NoGpu, measure
from tests.support.cli import run


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here, perhaps with a GPU")
def test_kit__without_torch__says_that_there_is_nothing_to_measure():
    with pytest.raises(NoGpu, match="torch is not installed"):
        measure()
    refused = run("unit", "measure")
    assert refused.code == 1
    assert "there is no GPU to measure" in refused.error
    assert "--result" in refused.hint
