"""Consoles that cannot show every character: what is written there in its place."""

import codecs
import sys
from typing import Any, Final

_HANDLER: Final = "pargrade.readable"
_ASCII: Final = "pargrade-ascii"

_IN_ASCII: Final = str.maketrans(
    {
        "…": "...",
        "±": "+/-",
        "→": "->",
        "←": "<-",
        "−": "-",
        "–": "-",
        "—": "-",
        "·": "*",
        "×": "x",
        "≤": "<=",
        "≥": ">=",
        "≈": "~",
        "∫": "integral ",
        "⌈": "ceil(",
        "⌉": ")",
        "⌊": "floor(",
        "⌋": ")",
        "²": "^2",
        "³": "^3",
        "°": " degrees ",
        "€": "EUR",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "─": "-",
        "│": "|",
        "├": "+",
        "└": "+",
        "\xa0": " ",
    }
)


def prepare_streams() -> None:
    """Makes stdout and stderr take any text: what their encoding lacks is written in ASCII.

    A stream that is not a file of text, as in a test, is left as it is.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        # Click writes UTF-8 to any stream that calls itself ASCII; under another name it does not.
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        reconfigure(encoding=_ASCII if is_ascii else None, errors=_HANDLER)


def readable(text: str, encoding: str) -> str:
    """The text as a stream of that encoding shows it, so that its width can be known before."""
    return text.encode(encoding, _HANDLER).decode(encoding)


def _in_ascii(text: str) -> str:
    """The text in ASCII: signs spelled out, accents dropped, the rest as backslash and number."""
    from unicodedata import normalize

    spelled = normalize("NFKD", text.translate(_IN_ASCII))
    bare = "".join(sign for sign in spelled if not 0x300 <= ord(sign) < 0x370)
    return bare.encode("ascii", "backslashreplace").decode("ascii")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _in_ascii(error.object[error.start : error.end]), error.end


def _find_codec(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != _ASCII:
        return None
    plain: Any = codecs.lookup("ascii")
    return codecs.CodecInfo(
        name=_ASCII,
        encode=plain.encode,
        decode=plain.decode,
        incrementalencoder=plain.incrementalencoder,
        incrementaldecoder=plain.incrementaldecoder,
        streamreader=plain.streamreader,
        streamwriter=plain.streamwriter,
    )


codecs.register_error(_HANDLER, _replace)
codecs.register(_find_codec)
