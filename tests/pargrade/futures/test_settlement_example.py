"""The worked example of docs/METHODOLOGY.md, section 6, is what the payoff computes."""

from pathlib import Path

from pargrade.futures.payoff import Style, payoff
from pargrade.units import LOT, Price

METHODOLOGY = Path(__file__).parents[3] / "docs" / "METHODOLOGY.md"


def test_worked_example__every_figure__is_computed_again() -> None:
    example = METHODOLOGY.read_text().split("#### Worked example: K = 2.47")[1]
    settled = payoff(Style.NET, Price.parse("2.9109"), Price.parse("2.47"), 6)
    for figure in (settled.long_quote, settled.short_units, settled.long_units):
        assert f"{int(figure):,}" in example
    assert settled.short_quote == 0
    assert settled.long_units + settled.short_units == LOT
