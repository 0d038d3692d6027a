"""What gas may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fees:
    """What one transaction offers, wei per unit of gas."""

    max_fee: int
    """Most paid in all."""
    tip: int
    """Most paid above the base fee."""


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much a transaction may cost and how long it may take."""

    tip: int = 1_000_000_000
    """First tip offered, wei per gas."""
    base_fee_headroom: int = 2
    """The base fee may grow by this factor before the transaction has to wait."""
    ceiling: int = 500_000_000_000
    """Most ever offered in all, wei per gas."""
    patience: float = 30.0
    """Seconds before a transaction is replaced by a dearer one."""
    attempts: int = 5
    """Times a transaction is waited for before giving up."""
    gas_margin_percent: int = 25
    """Gas limit above the estimate: state may change between the two."""

    def start(self, base_fee: int) -> Fees:
        """What the first transaction offers when gas costs `base_fee` wei now."""
        offered = base_fee * self.base_fee_headroom + self.tip
        return Fees(max_fee=min(offered, self.ceiling), tip=min(self.tip, self.ceiling))

    def bumped(self, fees: Fees) -> Fees:
        """A replacement's offer: a quarter more, where nodes want a tenth, up to the ceiling."""
        return Fees(
            max_fee=min(fees.max_fee * 5 // 4 + 1, self.ceiling),
            tip=min(fees.tip * 5 // 4 + 1, self.ceiling),
        )
