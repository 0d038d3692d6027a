"""gpuhunt's catalogues: rows that its own types wrote are read without it."""

import io
import zipfile
from pathlib import Path

import pytest
from gpuhunt._internal import storage
from gpuhunt._internal.models import AcceleratorVendor, CatalogItem

from oracle.fetch.http import VisitLimits
from oracle.index.screen import Reason, screen
from oracle.sources.errors import SourceDown, SourceMalformed
from tests.support.feed_visits import Answer, ask, read
from tests.support.quote_builders import METHOD_1, NOON, PANEL, USD


def catalogue_item(**changes):
    plain = {
        "provider": "aws",
        "instance_name": "p5.48xlarge",
        "location": "us-east-1",
        "price": 55.04,
        "cpu": 192,
        "memory": 2048.0,
        "gpu_count": 8,
        "gpu_name": "H100",
        "gpu_memory": 80.0,
        "spot": False,
        "disk_size": None,
        "gpu_vendor": AcceleratorVendor.NVIDIA,
    }
    return CatalogItem(**plain | changes)


ITEMS = [
    catalogue_item(),
    catalogue_item(price=20.8, spot=True, location="us-east-1a"),
    catalogue_item(instance_name="g7.x", gpu_count=2, gpu_name="H100", price=6.5),
    catalogue_item(
        instance_name="m5.large", gpu_count=0, gpu_name=None, gpu_memory=None, gpu_vendor=None
    ),
    catalogue_item(instance_name="q1.x", gpu_count=1, gpu_name="X9000", gpu_memory=None, price=0.1),
]


@pytest.fixture
def catalogue(tmp_path: Path):
    path = tmp_path / "aws.csv"
    storage.dump(ITEMS, str(path))
    return path.read_bytes()


def zipped(content, name="aws.csv"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def served(body, version=b"20261005-120\n"):
    """The folder that gpuhunt publishes: per provider the newest version, and a zip for it."""
    return Answer(
        then=lambda path, _: (
            Answer(version)
            if path.endswith("/aws/version")
            else Answer(body)
            if path.endswith("/aws/20261005-120/catalog.zip")
            else Answer(status=404)
        )
    )


def test_catalogue__written_by_gpuhunt__gives_its_items_as_quotes_per_gpu(catalogue):
    response = served(zipped(catalogue))
    fetched = ask("gpuhunt", response, catalogues={"aws": "aws"})
    found = {
        (q.gpu_model, q.variant, q.gpu_memory_gb, q.gpu_count, q.tier, q.region): q.price8
        for q in fetched.quotes
    }
    assert found == {
        ("H100", "SXM", 80, 8, "on_demand", "us-east-1"): 688_000_000,
        ("H100", "SXM", 80, 8, "spot", "us-east-1a"): 260_000_000,
        # Which form factor it is follows from no name.
        ("H100", "", 80, 2, "on_demand", "us-east-1"): 325_000_000,
        ("X9000", "", 0, 1, "on_demand", "us-east-1"): USD // 10,
    }
    assert {(q.provider, q.firmness, q.source) for q in fetched.quotes} == {
        ("aws", "hyperscaler", "gpuhunt")
    }
    assert [(each.reason, each.rows) for each in fetched.omitted] == [("no GPU", 1)]
    reasons = {each.reason for each in screen(fetched.quotes, METHOD_1, PANEL, NOON).rejected}
    assert reasons == {Reason.UNKNOWN_HARDWARE, Reason.WRONG_TIER}


def test_catalogue__every_item_read_by_gpuhunt_too__has_the_same_prices(catalogue):
    ours = read("gpuhunt", zipped(catalogue), "aws.csv", "aws").quotes
    theirs = storage.load(io.StringIO(catalogue.decode()), provider="aws")
    expected = sorted(round(i.price / i.gpu_count * USD) for i in theirs if i.gpu_count)
    assert sorted(q.price8 for q in ours) == expected


@pytest.mark.parametrize("version", [b"", b"../../elsewhere", b"<html>", b"1" * 41, b"a b"])
def test_catalogue__version_is_no_name__is_malformed(catalogue, version):
    with pytest.raises(SourceMalformed, match="version"):
        ask("gpuhunt", served(zipped(catalogue), version), catalogues={"aws": "aws"})


def test_catalogue__broken_or_bursting_zip__is_malformed(catalogue):
    for body in (b"PK", zipped(catalogue)[:-10], zipped(catalogue, "azure.csv")):
        with pytest.raises(SourceMalformed):
            ask("gpuhunt", served(body), catalogues={"aws": "aws"})
    limits = VisitLimits(seconds=30.0, most_bytes=100_000)
    with pytest.raises(SourceMalformed, match="unpacks to more"):
        ask("gpuhunt", served(zipped(b"x" * 50_000_000)), limits, catalogues={"aws": "aws"})


def test_catalogue__one_provider_is_missing__is_refused_alone(catalogue):
    response = served(zipped(catalogue))
    whole = ask("gpuhunt", response, catalogues={"aws": "aws"})
    fetched = ask("gpuhunt", response, catalogues={"oci": "oracle", "aws": "aws"})
    assert (fetched.quotes, fetched.omitted) == (whole.quotes, whole.omitted)
    ((where, reason),) = fetched.refused
    assert where == "catalogue oci"
    assert "404" in reason


def two_served(azure, aws):
    """A folder with two providers."""
    return Answer(
        then=lambda path, number: served(aws if "/aws/" in path else azure).then(
            path.replace("/azure/", "/aws/"), number
        )
    )


BOTH = {"azure": "azure", "aws": "aws"}


def test_catalogue__another_format_of_one_provider__is_refused_alone(catalogue):
    renamed = zipped(catalogue.replace(b"price", b"cost"), "azure.csv")
    fetched = ask("gpuhunt", two_served(renamed, zipped(catalogue)), catalogues=BOTH)
    assert {quote.provider for quote in fetched.quotes} == {"aws"}
    ((where, reason),) = fetched.refused
    assert where == "catalogue azure"
    assert "price" in reason


def test_catalogue__all_providers_are_missing__is_down(catalogue):
    with pytest.raises(SourceDown) as failure:
        ask("gpuhunt", served(zipped(catalogue)), catalogues={"gcp": "gcp", "oci": "oracle"})
    assert failure.value.status == 404


def test_catalogue__one_that_is_too_large__has_used_up_what_the_visit_may_read(catalogue):
    limits = VisitLimits(seconds=30.0, most_bytes=50_000)
    good = zipped(catalogue)
    assert ask("gpuhunt", two_served(b"x" * 30_000, good), limits, catalogues=BOTH).quotes
    with pytest.raises(SourceDown, match="more than 50000 bytes"):
        ask("gpuhunt", two_served(b"x" * 60_000, good), limits, catalogues=BOTH)


def test_catalogue__one_bad_item_of_many__is_one_refused_row(catalogue):
    bad = catalogue.replace(b",6.5,", b",,")
    assert bad != catalogue
    fetched = read("gpuhunt", zipped(bad), "aws.csv", "aws")
    ((where, reason),) = fetched.refused
    assert where == "row 2"
    assert "price" in reason
    assert len(fetched.quotes) == len(ITEMS) - 2


def test_catalogue__gpu_count_against_its_instance_type__is_left_out(tmp_path: Path):
    path = tmp_path / "aws.csv"
    storage.dump([catalogue_item(gpu_count=4)], str(path))
    fetched = read("gpuhunt", zipped(path.read_bytes()), "aws.csv", "aws")
    assert fetched.quotes == ()
    assert "another number of GPUs" in fetched.omitted[0].reason
