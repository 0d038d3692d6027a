"""The build fails when a price whose terms forbid it could reach an index."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oracle.sources.licences import DATA, breaches

ROW = "2026-03-01T21:00:04Z,{provider},H100,SXM,80,8,2.5,2.5,on_demand,global,1,{source},\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def plant_in_panel(data: Path) -> None:
    edit(data / "panels-devnet.json", '"beyondpl"', '"runpod"')


def plant_in_method(data: Path) -> None:
    edit(data / "method-1.json", '"on_demand"', '"vast.ai"')


def plant_in_table_of_factors(data: Path) -> None:
    document = json.loads((data / "factors-1.json").read_text())
    (data / "factors-1.json").write_text(json.dumps(document | {"from": {"shadeform": 1}}))


def plant_in_sample(data: Path, provider: str = "vast.ai", source: str = "list") -> None:
    path = next((data / "sample").glob("*.gz"))
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress((text + ROW.format(provider=provider, source=source)).encode()))


def plant_by_way_of_another(data: Path) -> None:
    plant_in_sample(data, "lambda", "shadeform")


def plant_in_another_recording(data: Path) -> None:
    header = gzip.decompress(next((data / "sample").glob("*.gz")).read_bytes()).split(b"\n")[0]
    row = ROW.format(provider="runpod", source="list").encode()
    (data / "sample" / "more.csv").write_bytes(header + b"\n" + row)


def plant_line_that_nobody_can_check(data: Path) -> None:
    path = next((data / "sample").glob("*.gz"))
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress((text + "2026-03-01T00:00:00Z,runpod\n").encode()))


def plant_enabled(data: Path) -> None:
    url = 'url = "https://api.runpod.io/graphql"'
    edit(data / "venues.toml", url, f"{url}\nenabled = true")


def plant_enabled_unstated(data: Path) -> None:
    url = 'url = "https://console-api.akash.network/v1/gpu-prices"'
    edit(data / "venues.toml", url, f"{url}\nenabled = true")


def plant_catalogue(data: Path) -> None:
    edit(data / "venues.toml", 'catalogues = { aws = "aws"', 'catalogues = { runpod = "runpod"')


def plant_reseller(data: Path) -> None:
    edit(data / "venues.toml", 'provider = { const = "aws" }', 'provider = { const = "runpod" }')


def plant_terms_that_changed(data: Path) -> None:
    edit(data / "venues.toml", 'slug = "koyeb"', 'slug = "koyeb"\nterms = "restricted"')


def plant_no_attribution(data: Path) -> None:
    edit(data / "venues.toml", 'attribution = "Nosana"', 'attribution = ""')


PLANTED = [
    plant_in_panel,
    plant_in_method,
    plant_in_table_of_factors,
    plant_in_sample,
    plant_by_way_of_another,
    plant_in_another_recording,
    plant_line_that_nobody_can_check,
    plant_enabled,
    plant_enabled_unstated,
    plant_catalogue,
    plant_reseller,
    plant_terms_that_changed,
    plant_no_attribution,
]


def test_terms__everything_that_ships__is_within_them():
    assert breaches() == ()


@pytest.mark.parametrize("plant", PLANTED)
def test_terms__planted_breach__is_found(data, plant):
    assert breaches(data) == ()
    plant(data)
    assert breaches(data)


def test_terms__recorded_provider_that_the_table_does_not_list__is_an_error(data):
    plant_in_sample(data, provider="nowhere")
    with pytest.raises(Exception, match="nowhere"):
        breaches(data)


def test_terms__as_a_command__fails_the_build_and_names_the_breach(data):
    def check():
        words = [sys.executable, "-m", "oracle.sources.licences", str(data)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    assert check().returncode == 0
    plant_in_panel(data)
    failed = check()
    assert failed.returncode == 1
    assert failed.stderr == "panels-devnet.json names runpod, which is restricted\n"


def test_sources_page__is_what_the_venue_table_says():
    script = Path(__file__).parents[3] / "scripts" / "make_sources.py"
    words = [sys.executable, str(script), "--check"]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
