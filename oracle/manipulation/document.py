"""Markdown tables of the figures of a manipulation study, for docs/MANIPULATION.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from oracle.backtest.document import format_share, format_usd, render_table

_NONE = "–"
_UNBOUNDED = "no bound"


def render_tables(found: Mapping[str, Any]) -> dict[str, str]:
    """Markdown of every generated block of the document, by the name of the block.

    `found` are figures as `run_study` returns them.
    """
    return {
        "window": _window(found),
        "attacks": _attacks(found["attacks"]),
        "memory": _memory(found),
        "choices": _choices(found["choices"]),
        "slots": _slots(found["slots"]),
    }


def _window(found: Mapping[str, Any]) -> str:
    given = found["assumptions"]
    return (
        f"{found['index']}, version {found['version']} of the method, over [{found['window'][0]}, "
        f"{found['window'][1]}): {found['providers']} providers, honest S "
        f"{format_usd(found['settlement8'])} USD. Model of cost: {given['gpus_per_provider']:,} "
        f"GPUs per provider at list price, of which {format_share(given['utilisation'], 0)} "
        f"would be sold with a margin of {format_share(given['margin'], 0)}; "
        f"a contract is {given['contract_scu']} SCU."
    )


def _attacks(attacks: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for each in attacks:
        contracts = each["break_even_contracts"]
        rows.append(
            (
                each["attack"],
                _signed(each["size_ppm"]) if each["size_ppm"] else _NONE,
                each["providers"],
                format_share(each["share_ppm"] / 10**6),
                _moved(each),
                _signed(each["largest_ppm"]),
                format_share(each["inside"] / each["hours"], 0) if each["hours"] else _NONE,
                f"{each['cost_usd']:,}",
                f"{each['gain_per_contract_usd']:,.2f}",
                _NONE if contracts is None else f"{contracts:,}",
            )
        )
    return render_table(
        ("attack", "size", "providers", "weight", "S moved", "index at most", "inside",
         "cost, USD", "gain per contract, USD", "pays from contracts"),
        rows,
    )  # fmt: skip


def _memory(found: Mapping[str, Any]) -> str:
    memory = found["memory"]
    now = {_case(each): each for each in found["attacks"]}
    rows = [
        (
            each["attack"],
            _signed(each["size_ppm"]),
            each["providers"],
            _moved(now[_case(each)]),
            _moved(each),
            _signed(now[_case(each)]["largest_ppm"]),
            _signed(each["largest_ppm"]),
        )
        for each in memory["attacks"]
    ]
    table = render_table(
        ("attack", "size", "providers", "S moved now", "remembering", "index at most now",
         "remembering"),
        rows,
    )  # fmt: skip
    return (
        f"Lines remembered for {memory['days']} days; the honest S is then "
        f"{format_usd(memory['settlement8'])} USD instead of "
        f"{format_usd(found['settlement8'])}.\n\n{table}"
    )


def _case(each: Mapping[str, Any]) -> tuple[str, int, int]:
    return each["attack"], each["size_ppm"], each["providers"]


def _moved(each: Mapping[str, Any]) -> str:
    moved8 = each["moved8"]
    return _NONE if moved8 is None else _signed(_ppm(int(moved8), each["settlement8"]))


def _ppm(moved8: int, settlement8: str) -> int:
    return moved8 * 10**6 // (int(settlement8) - moved8)


def _signed(ppm: int) -> str:
    return f"{ppm / 10**4:+.1f} %".replace("-", "−")


def _choices(choices: Sequence[Mapping[str, Any]]) -> str:
    return render_table(
        ("quorum", "liars", "S from", "to", "honest from", "to", "all included"),
        [
            (
                f"{each['quorum']} of {each['reporters']}",
                each["liars"],
                _bound(each["low8"]),
                _bound(each["high8"]),
                format_usd(each["honest_low8"]),
                format_usd(each["honest_high8"]),
                format_usd(each["middle8"]),
            )
            for each in choices
        ],
    )


def _bound(amount8: str | None) -> str:
    return _UNBOUNDED if amount8 is None else format_usd(amount8)


def _slots(slots: Sequence[Mapping[str, Any]]) -> str:
    return render_table(
        ("path", "S hourly", "S from", "to", "withheld, from", "to", "lowest value", "highest"),
        [
            (
                each["path"],
                *(
                    format_usd(each[name])
                    for name in ("middle8", "low8", "high8", "withheld_low8", "withheld_high8",
                                 "lowest8", "highest8")
                ),
            )
            for each in slots
        ],
    )  # fmt: skip
