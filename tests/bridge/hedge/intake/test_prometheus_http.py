"""Asking Prometheus: a real server where there is one, and one that answers what was recorded."""

import json
import shutil
import subprocess
import time
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from bridge.hedge.intake.prometheus_http import PrometheusUnreachable, fetch_range
from bridge.hedge.readers.errors import PrometheusFailed
from bridge.hedge.readers.prometheus import read_answers
from bridge.hedge.readers.times import SECOND_NS, parse_time
from bridge.hedge.readers.usage import Measure
from pargrade.process.ports import free_ports
from tests.support.cli import run
from tests.support.serving import serving
from tests.support.workloads import WORKLOADS

pytestmark = pytest.mark.full

SPAN = (parse_time("2026-03-04"), parse_time("2026-03-07"))
REAL = shutil.which("prometheus")


def recorded(text, status=200):
    """A server that gives one answer, and the forms it was sent."""
    api, asked = FastAPI(), []

    @api.post("/api/v1/query_range")
    async def query_range(request: Request) -> Response:
        form = dict(item.split("=", 1) for item in (await request.body()).decode().split("&"))
        asked.append(form)
        return Response(text, status_code=status, media_type="application/json")

    return api, asked


def test_fetch__of_a_long_range__is_asked_in_parts_that_share_a_sample():
    api, asked = recorded((WORKLOADS / "vllm_range.json").read_text())
    with serving(api) as client:
        answers = list(fetch_range(str(client.base_url), SPAN, 20))
    spans = [(int(form["start"]), int(form["end"])) for form in asked]
    assert len(answers) == len(spans) == 2
    assert spans[0][1] == spans[1][0]
    assert (spans[0][0], spans[-1][1]) == (SPAN[0] // SECOND_NS, SPAN[1] // SECOND_NS)


def test_fetch__the_command__keeps_the_answers_for_the_readers(tmp_path):
    api, _ = recorded((WORKLOADS / "vllm_range.json").read_text())
    with serving(api) as client:
        words = (
            "hedge",
            "fetch",
            str(client.base_url),
            "--since",
            "2026-03-04",
            "--until",
            "2026-03-07",
        )
        document = run(*words, "--out", str(tmp_path), "--json").json
    assert document["usages"] == 3
    read = run("hedge", "read", *document["files"], "--json").json
    assert read["usage"][0]["amount"] == "14500"


def test_fetch__an_error_of_the_query__is_named():
    text = json.dumps({"status": "error", "errorType": "bad_data", "error": "too many points"})
    api, _ = recorded(text, status=400)
    with serving(api) as client, pytest.raises(PrometheusFailed, match="too many points"):
        read_answers(fetch_range(str(client.base_url), SPAN, 3_600))


def test_fetch__a_page_of_a_proxy_or_nobody__is_unreachable():
    api, _ = recorded("<html>502</html>", status=502)
    with serving(api) as client, pytest.raises(PrometheusUnreachable, match="status 502"):
        list(fetch_range(str(client.base_url), SPAN, 3_600))
    with pytest.raises(PrometheusUnreachable) as refused:
        list(fetch_range("http://user:secret@127.0.0.1:9", SPAN, 3_600))
    assert "secret" not in str(refused.value)


@contextmanager
def prometheus(folder, target):
    """A real server that scrapes `target` every second."""
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: vllm, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    [port] = free_ports(1)
    command = [
        *(str(REAL), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def usage_seen(url, since, least):
    """The reading once the server has counted `least` tokens since a moment."""
    while True:
        try:
            now = time.time_ns() + 2 * SECOND_NS
            reading = read_answers(fetch_range(url, (since - 5 * SECOND_NS, now), 1))
        except PrometheusUnreachable:
            time.sleep(0.2)
            continue
        counted = [u.amount for u in reading.usages if u.measure is Measure.COMPLETION_TOKENS]
        if sum(counted) >= least:
            return reading
        time.sleep(0.5)


if REAL:

    def test_fetch__from_a_real_server__counts_what_the_exporter_counted(tmp_path):
        api, counted = FastAPI(), iter([100, 100, 350, 350, 50, 80])
        shown = []

        @api.get("/metrics")
        def metrics() -> PlainTextResponse:
            shown.append(next(counted, 80))
            line = f'vllm:generation_tokens_total{{engine="0",model_name="m"}} {shown[-1]}\n'
            return PlainTextResponse("# TYPE vllm:generation_tokens_total counter\n" + line)

        since = time.time_ns()
        with serving(api) as client:
            target = httpx.URL(client.base_url)
            with prometheus(tmp_path, f"{target.host}:{target.port}") as url:
                reading = usage_seen(url, since, 250 + 50 + 30)
        # 100 to 350, a restart to 50, then 80.
        assert (
            sum(u.amount for u in reading.usages if u.measure is Measure.COMPLETION_TOKENS) == 330
        )
        assert any("1 counter resets" in note for note in reading.notes)
