"""One value and one root: in other processes, on processors without extensions, with other numpy.

Of the full size are two other releases of numpy, each installed into a folder of its own from the
package index that pip or uv is configured with; without one that answers they are skipped by name.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from oracle.index.chain import chain_of
from oracle.index.determination import determine
from oracle.index.method import load_method
from oracle.quotes.history import History
from tests.support.quote_builders import recorded_window_method

ROOT = Path(__file__).parents[3]
AS_OF = 1_773_144_000
"""2026-03-10T12:00:00Z."""
RELEASES = ("2.2.6", "2.3.5")

CHILD = """
import json, random, sys
import numpy as np
from oracle.index.chain import chain_of
from oracle.quotes.columns import Columns
from oracle.index.determination import determine
from oracle.quotes.history import History
from oracle.index.method import load_method
from oracle.index.panel import load_panels
from tests.support.quote_builders import recorded_window_method
from oracle.quotes.quote import Quote
quotes = [Quote.from_json(stated) for stated in json.load(sys.stdin)]
random.Random(sys.argv[2]).shuffle(quotes)
history = History.of(Columns.of(quotes))
for panel in load_panels().values():
    for method in (load_method(), recorded_window_method(7)):
        d = determine(chain_of(history, method, panel), int(sys.argv[1]))
        print(d.value.value8, d.root.hex())
print(np.__version__)
from numpy._core._multiarray_umath import __cpu_features__ as features
print(*(name for name, there in features.items() if there))
"""


@pytest.fixture(scope="module")
def stated(sample):
    seen = [quote.to_json() for quote in sample.quotes if quote.observed_at <= AS_OF]
    return json.dumps(seen)


@pytest.fixture(scope="module")
def expected(sample, panels):
    early = History.of(quote for quote in sample.quotes if quote.observed_at <= AS_OF)
    methods = (load_method(), recorded_window_method(7))
    found = [
        determine(chain_of(early, method, panel), AS_OF)
        for panel in panels.values()
        for method in methods
    ]
    return [f"{each.value.value8} {each.root.hex()}" for each in found]


def child(stated, seed, **environment):
    """What a process of its own finds: values and roots, numpy's release, processor features."""
    result = subprocess.run(
        [sys.executable, "-c", CHILD, str(AS_OF), seed],
        input=stated,
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *found, release, features = result.stdout.splitlines()
    return found, release, set(features.split())


@pytest.mark.parametrize("seed", ["1", "2"])
def test_determination__rows_permuted_in_another_process__is_identical(stated, expected, seed):
    assert child(stated, seed)[0] == expected


def dispatched():
    """Features numpy found here, would use, and can be told to leave."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]


@pytest.mark.skipif(not dispatched(), reason="numpy uses no extension of this processor")
def test_determination__without_extensions_of_the_processor__is_identical(stated, expected):
    without = dispatched()
    found, _, features = child(stated, "3", NPY_DISABLE_CPU_FEATURES=" ".join(without))
    assert not features & set(without)
    assert found == expected


@pytest.mark.full
@pytest.mark.parametrize("release", RELEASES)
def test_determination__another_release_of_numpy__is_identical(tmp_path, stated, expected, release):
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        pip = ["uv", "pip"]
    target = ["install", "--quiet", "--no-deps", "--target", str(tmp_path), f"numpy=={release}"]
    try:
        subprocess.run([*pip, *target], check=True, timeout=180, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        pytest.skip(f"numpy {release} could not be installed here: {failure}")
    found, version, _ = child(stated, "4", PYTHONPATH=str(tmp_path))
    assert version == release != np.__version__
    assert found == expected
