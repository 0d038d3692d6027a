"""Work mapped over pieces, here and on clusters: the same results and the same first error."""

import multiprocessing
import os
from pathlib import Path

import pytest
from distributed import LocalCluster

from pargrade.process.engine import HERE, BadEngine, Engine, EngineDown
from pargrade.process.ports import free_ports
from pargrade.settings import BadConfig

PIECES = list(range(7))


class OddPiece(BadConfig):
    """An error of ours that is made from other things than its message."""

    def __init__(self, piece: int) -> None:
        super().__init__(Path("pieces.toml"), f"piece {piece}", f"Leave {piece} out.")
        self.piece = piece


def square(piece: int) -> int:
    return piece * piece


def refuse_from_three(piece: int) -> int:
    if piece >= 3:
        raise OddPiece(piece)
    return piece


def end_process(_: int) -> None:
    os._exit(1)


def process_name(_: int) -> int:
    return os.getpid()


@pytest.mark.parametrize(
    "text", ["", "ray", "dask=", "dask=localhost", "dask=http://a:1", "local=2"]
)
def test_engine__of_another_name__is_one_error(text):
    with pytest.raises(BadEngine, match="no engine"):
        Engine.parse(text)


def test_map__here__is_in_order_and_the_first_error_ends_it():
    assert Engine.parse("local").map(square, PIECES) == [square(each) for each in PIECES]
    with pytest.raises(OddPiece) as refused:
        HERE.map(refuse_from_three, PIECES)
    assert refused.value.piece == 3


def test_engine__whose_scheduler_is_gone__is_one_error():
    engine = Engine.parse(f"dask=tcp://127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(EngineDown, match="Dask at tcp"):
        engine.map(square, PIECES)


@pytest.mark.full
def test_map__in_processes_of_this_machine__has_the_same_results_in_order():
    engine = Engine.parse("dask")
    assert engine.map(square, PIECES) == HERE.map(square, PIECES)
    assert os.getpid() not in engine.map(process_name, PIECES)


@pytest.mark.full
def test_map__by_a_scheduler__raises_the_first_error_with_its_evidence_and_goes_on_after_it():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        engine = Engine.parse(f"dask={cluster.scheduler_address}")
        with pytest.raises(OddPiece) as refused:
            engine.map(refuse_from_three, PIECES)
        assert refused.value.piece == 3
        assert refused.value.hint == "Leave 3 out."
        assert engine.map(square, PIECES) == HERE.map(square, PIECES)


@pytest.mark.full
def test_map__work_that_kills_its_worker__is_one_error():
    with pytest.raises(EngineDown):
        Engine.parse("dask").map(end_process, [1])
    assert not multiprocessing.active_children()
