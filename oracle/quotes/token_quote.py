"""A price of a payment token."""

from dataclasses import dataclass

from oracle.quotes.classes import Terms


@dataclass(frozen=True, slots=True, order=True)
class TokenQuote:
    """One closed bar of one token at one exchange. The order of the fields is the canonical one."""

    closed_at: int
    """Unix seconds at which the bar ended: the time of its closing price."""
    venue: str
    token: str
    close8: int
    """USD for one token, 8 decimals, as stated: zero and less are for the screen to refuse."""
    low8: int
    high8: int
    terms: Terms
