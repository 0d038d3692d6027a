"""What a command works with: a chain, the deployment on it, and a wallet when it writes."""

from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.accounts import Actor
from pargrade.devnet.anvil import is_development
from pargrade.errors import PargradeError
from pargrade.keys.source import load_signer


class NoKey(PargradeError):
    """A command that signs was given no key."""

    hint = "Set PARGRADE_KEY, or give --key. Development chains need none."

    def __init__(self) -> None:
        super().__init__("this command signs a transaction and has no key")


def open_wallet(chain: Chain, key: str, stand_in: Actor | None = None) -> Wallet:
    """A wallet for the key a person gave. Raises NoKey, BadKey, KeyUnavailable, SignerFailed.

    On a development chain, whose keys everyone knows, `stand_in` acts where no key was given.
    """
    if key:
        return Wallet(chain, load_signer(key))
    if stand_in is None or not is_development(chain.chain_id):
        raise NoKey
    return Wallet(chain, stand_in.key)
