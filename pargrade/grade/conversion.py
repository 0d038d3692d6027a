"""Tokens to units and back: the arithmetic of WrappedUnit, integer for integer.

Tokens are base units of the underlying, units are wei of the wrapped unit (18 decimals). Every
rounding favours the holders who stay. Surplus and donations are never paid out.
"""

from typing import Protocol

from pargrade.errors import PargradeError
from pargrade.units import Rounding, Scu, divide


class ConversionTerms(Protocol):
    """The two frozen numbers of a grade that wrapping and unwrapping need."""

    @property
    def decimals(self) -> int:
        """Decimals of the underlying token."""

    @property
    def scu_per_token(self) -> Scu:
        """SCU per whole token, 18 decimals, a multiple of 10**14."""


class ExceedsSupply(PargradeError):
    """More units offered for unwrapping than exist."""

    hint = "Unwrap at most the units you hold."

    def __init__(self, units: int, supply: int) -> None:
        self.units = units
        self.supply = supply
        super().__init__(f"cannot unwrap {units} wei of units: only {supply} exist")


class ShortReserves(PargradeError):
    """The underlying shrank below the units it backs, so nothing more is wrapped."""

    hint = "Only exits remain for this grade: unwrap pays the pro-rata share."

    def __init__(self, backed: int, supply: int) -> None:
        self.backed = backed
        self.supply = supply
        super().__init__(f"reserves back {backed} wei of units, {supply} exist")


def units_for(arrived: int, terms: ConversionTerms) -> Scu:
    """Units that `arrived` token base units become: ⌊arrived · scuPerToken / 10^decimals⌋.

    Rounds down, in favour of the holders already there.
    """
    return Scu(divide(arrived * terms.scu_per_token, 10**terms.decimals, Rounding.FLOOR))


def is_short(balance: int, supply: int, terms: ConversionTerms) -> bool:
    """True when the token base units held back fewer units than exist."""
    return units_for(balance, terms) < supply


def wrap(arrived: int, balance: int, supply: int, terms: ConversionTerms) -> Scu:
    """Units minted for what arrived on top of `balance`.

    Raises ShortReserves when the balance before the transfer no longer backs the supply.
    """
    backed = units_for(balance, terms)
    if backed < supply:
        raise ShortReserves(backed, supply)
    return units_for(arrived, terms)


def unwrap(units: int, balance: int, supply: int, terms: ConversionTerms) -> tuple[int, Scu]:
    """Token base units paid for giving up `units`, and the units burned, which are never more.

    Solvent: pays ⌊units · 10^decimals / scuPerToken⌋ and burns ⌈paid · scuPerToken / 10^decimals⌉,
    so dust too small to pay stays with its holder. Short: pays ⌊units · balance / supply⌋ and burns
    them all, so nobody is better off for running first. Both round in favour of who stays.
    """
    if units > supply:
        raise ExceedsSupply(units, supply)
    if is_short(balance, supply, terms):
        return divide(units * balance, supply, Rounding.FLOOR), Scu(units)
    one_token = 10**terms.decimals
    tokens = divide(units * one_token, terms.scu_per_token, Rounding.FLOOR)
    return tokens, Scu(divide(tokens * terms.scu_per_token, one_token, Rounding.CEIL))
