"""Events whose arguments are a word each, read without a general ABI decoder.

A gate's events are nearly all of this kind, and a ledger of a million of them is read at every
start: eth_abi takes some 60 of the 80 µs that one takes.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from pargrade.chain.abi import AddressWord, BadEncoding, Bool, FixedBytes, Layout, Uint
from pargrade.chain.hashing import address_of
from pargrade.chain.log import Event, Log

_WORD: Final = 32
_PAD: Final = bytes(12)

Read = Callable[[bytes], Any]
"""The value of a word. Raises ValueError."""
EventReader = Callable[[Log], Event]


def event_reader(kind: type[Event]) -> EventReader:
    """Reads events of a kind as `kind.decode` does, and raises like it.

    Quickly where every argument is a word, else by `kind.decode` itself.
    """
    layouts = {**kind.INDEXED, **kind.PLAIN}
    reads = {name: _reader(layout) for name, layout in layouts.items()}
    if None in reads.values():
        return kind.decode
    names = list(layouts)
    indexed = [(reads[name], 1 + place) for place, name in enumerate(kind.INDEXED)]
    plain = [(reads[name], slice(_WORD * n, _WORD * (n + 1))) for n, name in enumerate(kind.PLAIN)]
    # Arguments in the order of the event, which need not have the indexed ones first.
    places = [names.index(field.name) for field in fields(kind)]  # type: ignore[arg-type]
    is_in_order = places == sorted(places)
    topic, topics, length = kind.TOPIC, 1 + len(kind.INDEXED), _WORD * len(kind.PLAIN)

    def read(log: Log) -> Event:
        found, data = log.topics, log.data
        if len(found) != topics or found[0] != topic or len(data) != length:
            raise BadEncoding(kind.SIGNATURE, data)
        try:
            values = [take(found[place]) for take, place in indexed]  # type: ignore[misc]
            values += [take(data[place]) for take, place in plain]  # type: ignore[misc]
        except ValueError:
            raise BadEncoding(kind.SIGNATURE, data) from None
        return kind(*values) if is_in_order else kind(*[values[place] for place in places])

    return read


def _reader(layout: Layout[Any]) -> Read | None:
    """None for what is no single word of a known kind."""
    if isinstance(layout, Uint):
        return _uint(int(layout.spelled.removeprefix("uint")))
    if isinstance(layout, AddressWord):
        return _address
    if isinstance(layout, Bool):
        return _bool
    if isinstance(layout, FixedBytes) and layout.spelled == "bytes32":
        return bytes
    return None


def _uint(bits: int) -> Read:
    most = (1 << bits) - 1

    def read(word: bytes) -> int:
        value = int.from_bytes(word)
        if value > most:
            raise ValueError
        return value

    return read


@lru_cache(maxsize=8_192)
def _address(word: bytes) -> str:
    if not word.startswith(_PAD):
        raise ValueError
    return address_of(word[12:])


def _bool(word: bytes) -> bool:
    value = int.from_bytes(word)
    if value > 1:
        raise ValueError
    return bool(value)
