"""Amounts of a chain's coin as settings files have them: text, so that nothing is rounded."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from pargrade.chain.fees import COIN_DECIMALS
from pargrade.settings import Unfit
from pargrade.units import BadAmount, TooPrecise, parse_amount


def _require_amount(text: str) -> str:
    try:
        if text and parse_amount(text, COIN_DECIMALS) < 0:
            raise Unfit
    except (BadAmount, TooPrecise):
        raise Unfit from None
    return text


_DESCRIPTION: Final = "an amount of the chain's coin of at most 18 decimals"

Coins = Annotated[str, AfterValidator(_require_amount), Field(description=_DESCRIPTION)]
"""Such as "0.05"; empty for none."""


def wei_of(coins: str) -> int | None:
    """Wei of an amount of coins; None for none."""
    return parse_amount(coins, COIN_DECIMALS) if coins else None
