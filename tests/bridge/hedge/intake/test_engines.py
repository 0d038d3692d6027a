"""Files read on a cluster: the reading, or the error, of this process."""

import pytest
from distributed import LocalCluster

from bridge.hedge.intake.files import How, UnreadableFile, read_files
from pargrade.process.engine import HERE, Engine
from tests.support.workloads import SCRAPED, STARTS, every_workload

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield Engine.parse(f"dask={running.scheduler_address}")


def outcome(paths, engine):
    try:
        return read_files(paths, How(starts_ns=STARTS, at_ns=(SCRAPED,)), engine)
    except UnreadableFile as refused:
        return refused.path, str(refused), refused.hint


@pytest.mark.parametrize("path", every_workload(), ids=lambda path: path.name)
def test_read__on_two_workers__is_what_this_process_reads(cluster, path):
    assert outcome([path], cluster) == outcome([path], HERE)


def test_read__many_files_on_two_workers__are_one_reading_in_their_order(cluster):
    readable = [p for p in every_workload() if not isinstance(outcome([p], HERE), tuple)]
    assert len(readable) >= 8
    for paths in (readable, readable[::-1]):
        assert outcome(paths, cluster) == outcome(paths, HERE)
