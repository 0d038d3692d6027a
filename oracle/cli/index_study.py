"""`pargrade index study`: what corrupt providers and reporters could do to a settlement."""

import json
from pathlib import Path
from typing import Annotated, Any

from oracle.cli.index_inputs import read_inputs
from oracle.cli.options import AllProviders, PanelName
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    AsJson,
    SampleFile,
    first_day_option,
    last_day_option,
    out_folder_option,
)
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.units import Price

app = new_app()


@app.command(epilog="Example: pargrade index study --from 2026-04-01 --to 2026-05-01 --out study")
def study(
    since: Annotated[str, first_day_option()] = "2026-04-01",
    until: Annotated[str, last_day_option()] = "2026-05-01",
    out: Annotated[Path | None, out_folder_option("only print")] = None,
    sample: SampleFile = None,
    panel: PanelName = "",
    all_providers: AllProviders = False,
    as_json: AsJson = False,
) -> None:
    """Corrupt 1 to 16 providers in six ways, choose quorums and slots, and settle each time.

    Says what each attack does to the index and to S, and what a declared model says it costs.
    Only --out writes: figures as JSON, and plots.
    """
    from oracle.index.method import load_method
    from oracle.manipulation.providers import Scenario
    from oracle.manipulation.study import run_study
    from pargrade.extras import require_extra

    if out is not None:
        require_extra("plot")
    inputs = read_inputs(sample, panel, everyone=all_providers)
    start, end = parse.instant(since), parse.instant(until)
    scenario = Scenario(inputs.quotes, load_method(), inputs.panel, start, end)
    found = run_study(scenario, progress=lambda part: progress(f"{part} …"))
    if out is not None:
        from oracle.cli.plots.study import draw_study

        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1)
        (out / "manipulation.json").write_text(text + "\n", encoding="utf-8")
        draw_study(out, found)
    report(
        found,
        f"{found['index']} over {found['window'][0]} to {found['window'][1]}, "
        f"{found['providers']} providers, honest S {usd(found['settlement8'])} USD",
        Table(
            ("attack", "size", "providers", "weight", "S", "moved", "index at most", "inside",
             "rung", "cost USD", "pays from"),
            [attack_row(each) for each in found["attacks"]],
            title="Providers",
            numbers=frozenset({"size", "providers", "weight", "S", "moved", "index at most",
                               "inside", "cost USD", "pays from"}),
        ),
        Table(
            ("quorum", "liars", "S from", "to", "honest from", "to "),
            [choice_row(each) for each in found["choices"]],
            title="Who chooses the quorum",
            numbers=frozenset({"liars", "S from", "to", "honest from", "to "}),
        ),
        Table(
            ("path", "S hourly", "S from", "to", "withheld from", "to "),
            [slot_row(each) for each in found["slots"]],
            title="Who chooses the slots",
            numbers=frozenset({"S hourly", "S from", "to", "withheld from", "to "}),
        ),
        *([f"Written: {out}"] if out else []),
        as_json=as_json,
    )  # fmt: skip


def attack_row(each: dict[str, Any]) -> tuple[object, ...]:
    """One attack in words."""
    moved8 = each["moved8"]
    contracts = each["break_even_contracts"]
    return (
        each["attack"],
        f"{each['size_ppm'] / 10**4:+.0f} %" if each["size_ppm"] else "-",
        each["providers"],
        f"{each['share_ppm'] / 10**4:.1f} %",
        usd(each["settlement8"]),
        "-" if moved8 is None else f"{int(moved8) / 10**8:+.4f}",
        f"{each['largest_ppm'] / 10**4:+.1f} %",
        f"{each['inside']} of {each['hours']} h",
        each["rung"],
        f"{each['cost_usd']:,}",
        "never" if contracts is None else f"{contracts:,} contracts",
    )


def choice_row(each: dict[str, Any]) -> tuple[object, ...]:
    """What choosing one quorum can do, in words."""
    return (
        f"{each['quorum']} of {each['reporters']}",
        each["liars"],
        usd(each["low8"], "no bound"),
        usd(each["high8"], "no bound"),
        usd(each["honest_low8"]),
        usd(each["honest_high8"]),
    )


def slot_row(each: dict[str, Any]) -> tuple[object, ...]:
    """What choosing slots can do on one path, in words."""
    amounts = ("middle8", "low8", "high8", "withheld_low8", "withheld_high8")
    return (each["path"], *(usd(each[name]) for name in amounts))


def usd(amount8: str | None, otherwise: str = "-") -> str:
    """An amount of 8 decimals, or what to say instead."""
    return otherwise if amount8 is None else Price(int(amount8)).text()
