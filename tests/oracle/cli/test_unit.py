import json
import re

import pytest

from pargrade.chain.block import Tag
from pargrade.grade.file import DEVNET_GRADES
from tests.support.cli import run

METHOD_1 = "0x34636a916d215a9040af826f5bc9a40b8692b138495f682ee57bb13d5ad3776e"
METHOD_2 = "0xead5280d801581fa10de378e5debe87334f441c2c9840c16877eea10dda6fd17"


def steps_of(output):
    return {line["step"]: line["text"] for line in output["derivation"]}


@pytest.mark.parametrize(
    ("symbol", "figures"),
    [
        ("A1GH", ("0.6400: median of 613", "613 / (613 + 20) = 0.9684", "= 0.4381", "= 0.6324")),
        ("EFLP", ("10^12 * 3600 * 0.40) = 0.7019", "0.40 of the peak")),
        ("L70M", ("62351.6 tokens/s on 16 GPUs", "3600 * 3899.72) = 0.0712")),
    ],
)
def test_unit_explain__a_devnet_grade_without_a_chain__puts_the_numbers_in(symbol, figures):
    ran = run("unit", "explain", symbol)
    assert ran.code == 0, ran.err
    for figure in (*figures, METHOD_2, "match: the terms are what the table gives"):
        assert figure in ran.out
    assert run("unit", "explain", symbol, "--json").json["agrees"] is True


def test_unit_explain__examples__are_rows_of_the_sample():
    lines = run("unit", "explain", "A1GH", "--json").json["derivation"]
    examples = [line["text"] for line in lines if line["step"] == "for example"]
    assert len(examples) == 4
    assert all(re.fullmatch(r"2026-0[34]-\d\d \S+ \(.*\): 0\.\d{4}", text) for text in examples)


def test_unit_explain__a_grade_under_the_first_table__still_derives(tmp_path):
    path = tmp_path / "old.toml"
    text = (DEVNET_GRADES / "a100-gpu-hour.toml").read_text().replace(METHOD_2, METHOD_1)
    path.write_text(text)
    output = run("unit", "explain", str(path), "--json").json
    assert output["agrees"]
    assert "0.6242 to 0.6324" in steps_of(output)["band"]


def test_unit_explain__half_an_hour_per_token__halves_the_factor(tmp_path):
    path = tmp_path / "half.toml"
    text = (DEVNET_GRADES / "a100-gpu-hour.toml").read_text()
    path.write_text(text.replace('"3600"', '"1800"').replace("0.6324", "0.3162"))
    output = run("unit", "explain", str(path), "--json").json
    assert output["agrees"]
    assert steps_of(output)["factor of a token"] == "0.6324 * 1800 / 3600 = 0.3162"


def test_unit_explain__a_factor_the_table_does_not_give__says_what_differs(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text((DEVNET_GRADES / "bf16-eflop.toml").read_text().replace("0.7019", "0.8"))
    ran = run("unit", "explain", str(path), "--json")
    assert ran.code == 1
    output = json.loads(ran.out)
    assert output["agrees"] is False
    assert "the terms say 0.8, the table and the quality give 0.7019" in output["differences"][0]


def test_unit_explain__no_such_grade__is_one_error():
    assert "no grade 'NOPE'" in run("unit", "explain", "NOPE").error


def test_unit_explain__listed_grades__match_their_table(world):
    for symbol in ("A1GH", "EFLP", "L70M"):
        output = world.run("unit", "explain", symbol, "--json").json
        assert output["terms_from"] == "chain"
        assert output["agrees"]
        assert (
            int(output["scu_per_token"])
            == world.unit(symbol).factor(block=Tag.LATEST).scu_per_token
        )


def test_unit_explain__a_grade_listed_by_override__says_what_differs(world):
    path = world.folder / "terms.toml"
    for symbol, factor, quality in (("ODD", "0.6789", ""), ("LOW", "0.6071", "not kept on chain")):
        text = (DEVNET_GRADES / "a100-gpu-hour.toml").read_text().replace("0.6324", factor)
        path.write_text(text.replace("aurora", symbol.lower()))
        token = world.deployment.grade("A1GH").token
        words = ("--token", token, "--symbol", symbol, "--send", "--override-factor")
        assert world.run("grade", "propose", str(path), *words).code == 0
        ran = world.run("unit", "explain", symbol, "--json")
        output = json.loads(ran.out)
        # 0.6071 is uptime 95 %: 0.96 * 0.6324. The chain keeps the product only.
        assert output["agrees"] is bool(quality)
        assert ran.code == (0 if quality else 1)
        assert quality in steps_of(output)["quality"]


def test_unit_basis__the_sample__ranks_by_implied_price_and_adds_up(tmp_path):
    output = run("unit", "basis", "--as-of", "2026-04-01T00:00:00Z", "--json").json
    for group in ("hardware", "grades"):
        rows = output[group]["ranked"]
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        implied = [int(row["implied8"]) for row in rows]
        assert implied == sorted(implied)
        for row in rows:
            assert row["providers"] >= 3
            assert int(row["basis8"]) == int(row["implied8"]) - int(output["index8"])
            assert (
                abs(int(row["price8"]) * 10_000 - int(row["implied8"]) * row["factor4"])
                <= row["factor4"]
            )
    for key, (low, high) in output["work_per_scu"].items():
        assert 0 < float(low) <= float(high)
        assert key in {row["through"] for row in output["hardware"]["ranked"]}
    assert "H200-SXM-141" in output["work_per_scu"]
    cheapest = output["grades"]["ranked"][0]
    loss8 = max(0, -int(cheapest["basis8"])) * 730
    assert output["series_of_all_grades_loss8_per_contract"] == str(loss8)
    assert {row["grade"] for row in output["grades"]["ranked"]} == {"A1GH", "EFLP", "L70M"}


def test_unit_basis__plot__is_a_picture(tmp_path):
    path = tmp_path / "basis.png"
    ran = run("unit", "basis", "--plot", str(path))
    assert ran.code == 0, ran.err
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "would deliver EFLP" in ran.out
    assert "perishes" in ran.out


@pytest.mark.parametrize(
    ("when", "error"),
    [("yesterday", "is no instant"), ("2020-01-01T00:00:00Z", "there is no index")],
)
def test_unit_basis__an_instant_without_quotes__is_one_error(when, error):
    assert error in run("unit", "basis", "--as-of", when).error
