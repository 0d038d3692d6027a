"""Double-entry accounts of units and positions."""

from collections.abc import Iterator
from typing import Final

from bridge.ledger.entry import Asset, Movement
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.errors import PargradeError

ISSUER: Final = ZERO_ADDRESS
"""The account that mints and burns; the only one whose balance is negative."""


class Overdrawn(PargradeError):
    """An account moved more than it holds in the journal, so earlier entries are missing."""

    hint = "The journal does not start at the deployment's first block: `pargrade bridge rebuild`."

    def __init__(self, movement: Movement, held: int) -> None:
        self.movement = movement
        self.held = held
        super().__init__(
            f"{movement.source} moved {movement.amount} of {movement.asset} but held {held}"
        )


class Books:
    """Balances per asset. The balances of one asset sum to zero, the issuer's included."""

    def __init__(self) -> None:
        self._accounts: dict[Asset, dict[Address, int]] = {}

    def post(self, movement: Movement) -> None:
        """Add a movement to both of its accounts. Raises Overdrawn, and then changes nothing."""
        accounts = self._accounts.setdefault(movement.asset, {})
        held = accounts.get(movement.source, 0)
        if held < movement.amount and movement.source != ISSUER:
            raise Overdrawn(movement, held)
        self._add(accounts, movement.source, -movement.amount)
        self._add(accounts, movement.destination, movement.amount)

    def balance(self, asset: Asset, account: Address) -> int:
        """The balance of an account, in base units of the asset."""
        return self._accounts.get(asset, {}).get(account, 0)

    def issued(self, asset: Asset) -> int:
        """The total supply of an asset, in its base units."""
        return -self.balance(asset, ISSUER)

    def holders(self, asset: Asset) -> tuple[Address, ...]:
        """Accounts that hold some of an asset, in order of address."""
        return tuple(sorted(a for a in self._accounts.get(asset, {}) if a != ISSUER))

    def __iter__(self) -> Iterator[tuple[Asset, Address, int]]:
        """Every balance that is not zero, without the issuer's."""
        for asset, accounts in self._accounts.items():
            for account, amount in accounts.items():
                if account != ISSUER:
                    yield asset, account, amount

    @staticmethod
    def _add(accounts: dict[Address, int], account: Address, amount: int) -> None:
        # Empty accounts are dropped, so books with equal balances have equal contents.
        changed = accounts.get(account, 0) + amount
        if changed:
            accounts[account] = changed
        else:
            accounts.pop(account, None)
