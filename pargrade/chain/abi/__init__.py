"""The contract ABI: how typed values become bytes and back.

Every Solidity type is a `Layout`. A static one takes `size` bytes in place; a dynamic one takes a
32-byte offset in place and its bytes behind. The generated bindings are made of these.

Source of the format: Solidity documentation, "Contract ABI Specification".
"""

from pargrade.chain.abi.compound import Bytes, Record, Sequence, Single, Text, join, split
from pargrade.chain.abi.layout import WORD, BadArgument, BadEncoding, Layout
from pargrade.chain.abi.words import AddressWord, Bool, Choice, FixedBytes, Int, Uint

__all__ = [
    "WORD",
    "AddressWord",
    "BadArgument",
    "BadEncoding",
    "Bool",
    "Bytes",
    "Choice",
    "FixedBytes",
    "Int",
    "Layout",
    "Record",
    "Sequence",
    "Single",
    "Text",
    "Uint",
    "join",
    "split",
]
