"""Access to a chain: typed calls, reads pinned to a block, and wallets of one local key.

`Chain.connect` opens an endpoint, `Wallet` signs and sends `Call`s to it, and a contract's class in
`pargrade.bindings` makes those calls. Errors are ChainError and its kinds.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.chain.abi import AddressWord as AddressWord
    from pargrade.chain.abi import BadEncoding as BadEncoding
    from pargrade.chain.abi import Bool as Bool
    from pargrade.chain.abi import Bytes as Bytes
    from pargrade.chain.abi import Choice as Choice
    from pargrade.chain.abi import FixedBytes as FixedBytes
    from pargrade.chain.abi import Int as Int
    from pargrade.chain.abi import Layout as Layout
    from pargrade.chain.abi import Record as Record
    from pargrade.chain.abi import Results as Results
    from pargrade.chain.abi import Sequence as Sequence
    from pargrade.chain.abi import Text as Text
    from pargrade.chain.abi import Uint as Uint
    from pargrade.chain.abi import join as join
    from pargrade.chain.artifact import Artifact as Artifact
    from pargrade.chain.artifact import load_artifact as load_artifact
    from pargrade.chain.block import At as At
    from pargrade.chain.block import BlockStamp as BlockStamp
    from pargrade.chain.block import Tag as Tag
    from pargrade.chain.block_reader import read_blocks as read_blocks
    from pargrade.chain.call import Call as Call
    from pargrade.chain.call import Errors as Errors
    from pargrade.chain.call import Function as Function
    from pargrade.chain.coin_setting import Coins as Coins
    from pargrade.chain.coin_setting import wei_of as wei_of
    from pargrade.chain.construction import NotConstructed as NotConstructed
    from pargrade.chain.construction import construct as construct
    from pargrade.chain.construction import construct_inner as construct_inner
    from pargrade.chain.construction import created_by as created_by
    from pargrade.chain.contract import Contract as Contract
    from pargrade.chain.create2 import FACTORY as FACTORY
    from pargrade.chain.create2 import FACTORY_CODE as FACTORY_CODE
    from pargrade.chain.create2 import FACTORY_COST as FACTORY_COST
    from pargrade.chain.create2 import FACTORY_GAS_PRICE as FACTORY_GAS_PRICE
    from pargrade.chain.create2 import FACTORY_SIGNER as FACTORY_SIGNER
    from pargrade.chain.create2 import FACTORY_TRANSACTION as FACTORY_TRANSACTION
    from pargrade.chain.create2 import NO_SALT as NO_SALT
    from pargrade.chain.create2 import NoFactory as NoFactory
    from pargrade.chain.create2 import address_by as address_by
    from pargrade.chain.create2 import through_factory as through_factory
    from pargrade.chain.development import DEVNET_CHAIN_ID as DEVNET_CHAIN_ID
    from pargrade.chain.development import is_development as is_development
    from pargrade.chain.endpoint.url import split_urls as split_urls
    from pargrade.chain.endpoints import Endpoints as Endpoints
    from pargrade.chain.errors import ChainError as ChainError
    from pargrade.chain.errors import ContractError as ContractError
    from pargrade.chain.errors import FailedTransaction as FailedTransaction
    from pargrade.chain.errors import FeesAboveCap as FeesAboveCap
    from pargrade.chain.errors import NoContract as NoContract
    from pargrade.chain.errors import Reverted as Reverted
    from pargrade.chain.errors import RpcDown as RpcDown
    from pargrade.chain.errors import RpcRefused as RpcRefused
    from pargrade.chain.errors import StuckTransaction as StuckTransaction
    from pargrade.chain.errors import SupersededTransaction as SupersededTransaction
    from pargrade.chain.errors import UnfundedWallet as UnfundedWallet
    from pargrade.chain.errors import UnknownBlock as UnknownBlock
    from pargrade.chain.errors import WrongChain as WrongChain
    from pargrade.chain.fee_budget import Expense as Expense
    from pargrade.chain.fee_budget import FeeBudget as FeeBudget
    from pargrade.chain.fee_budget import FeeRecord as FeeRecord
    from pargrade.chain.fee_budget import FeesAboveDailyCap as FeesAboveDailyCap
    from pargrade.chain.fee_budget import Spending as Spending
    from pargrade.chain.fee_market import read_fee_market as read_fee_market
    from pargrade.chain.fees import COIN_DECIMALS as COIN_DECIMALS
    from pargrade.chain.fees import FeePolicy as FeePolicy
    from pargrade.chain.fees import Fees as Fees
    from pargrade.chain.fork import MissingFork as MissingFork
    from pargrade.chain.fork import require_fork as require_fork
    from pargrade.chain.hashing import ZERO_ADDRESS as ZERO_ADDRESS
    from pargrade.chain.hashing import Address as Address
    from pargrade.chain.hashing import BadAddress as BadAddress
    from pargrade.chain.hashing import address_of as address_of
    from pargrade.chain.hashing import keccak as keccak
    from pargrade.chain.hashing import parse_address as parse_address
    from pargrade.chain.json_text import parse_json as parse_json
    from pargrade.chain.key_watch import KeyReport as KeyReport
    from pargrade.chain.key_watch import KeyWatch as KeyWatch
    from pargrade.chain.keys import BadKey as BadKey
    from pargrade.chain.keys import BadSignature as BadSignature
    from pargrade.chain.keys import Key as Key
    from pargrade.chain.keys import Signature as Signature
    from pargrade.chain.keys import Signer as Signer
    from pargrade.chain.keys import recover as recover
    from pargrade.chain.known_transaction import KnownTransaction as KnownTransaction
    from pargrade.chain.log import Event as Event
    from pargrade.chain.log import Log as Log
    from pargrade.chain.nonce_search import find_transaction_by_nonce as find_transaction_by_nonce
    from pargrade.chain.proven_logs import ProvenLogs as ProvenLogs
    from pargrade.chain.receipt import MinedTransaction as MinedTransaction
    from pargrade.chain.receipt import Receipt as Receipt
    from pargrade.chain.refusals import Refusal as Refusal
    from pargrade.chain.refusals import classify_refusal as classify_refusal
    from pargrade.chain.reverts import decode_revert as decode_revert
    from pargrade.chain.rpc import Chain as Chain
    from pargrade.chain.sending import Pending as Pending
    from pargrade.chain.sending import SignedTransaction as SignedTransaction
    from pargrade.chain.sending import Superseded as Superseded
    from pargrade.chain.sending import TransactionSender as TransactionSender
    from pargrade.chain.simulation import Message as Message
    from pargrade.chain.simulation import SimulatedCall as SimulatedCall
    from pargrade.chain.simulation import cannot_simulate as cannot_simulate
    from pargrade.chain.simulation import simulate_messages as simulate_messages
    from pargrade.chain.simulation import simulate_sequence as simulate_sequence
    from pargrade.chain.transaction import MOST_GAS as MOST_GAS
    from pargrade.chain.typed_data import WORD as WORD
    from pargrade.chain.typed_data import Domain as Domain
    from pargrade.chain.typed_data import TypedData as TypedData
    from pargrade.chain.wallet import Wallet as Wallet

__getattr__, __dir__ = face(__name__)
