"""Where a key is: one way of naming it for commands and settings files.

    env:NAME            an environment variable with 32 bytes in hexadecimal
    file:PATH           a file with the same
    keystore:PATH       a V3 keystore; its password from PARGRADE_PASSWORD_FILE or a prompt
    signer:URL          an external signer (docs/SIGNER.md); the key never comes here
    unlocked:ADDRESS    an account of the chain's node, for commands only; the node keeps the key

Text without a prefix is the key itself in hexadecimal, for commands only.
"""

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pargrade.chain.keys import BadKey, Key, Signer
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError
from pargrade.keys.node_account import NodeAccount
from pargrade.keys.remote_signer import RemoteSigner

PASSWORD_FILE: Final = "PARGRADE_PASSWORD_FILE"  # noqa: S105  # a name
"""Environment variable with the name of a file whose first line is the keystore's password."""

_LONGEST: Final = 64 * 1024
"""Bytes of a key's file; a keystore takes 500."""


Connect = Callable[[], Chain]


class KeyKind(StrEnum):
    """Where a key can be."""

    ENV = "env"
    FILE = "file"
    KEYSTORE = "keystore"
    SIGNER = "signer"
    UNLOCKED = "unlocked"


class KeyUnavailable(PargradeError):
    """A key that is not where it is said to be. Shows the place and never the key."""

    def __init__(self, source: "KeySource", reason: str, hint: str) -> None:
        self.source = source
        self.reason = reason
        self.hint = hint
        super().__init__(f"{source}: {reason}")


@dataclass(frozen=True, slots=True)
class KeySource:
    """The place of a key. Holds no secret itself."""

    kind: KeyKind
    place: str
    """Name of a variable, path of a file, URL, or address."""
    password_file: Path | None = None

    def __str__(self) -> str:
        return f"key {self.kind}:{self.place}"

    def load(self, connect: Connect | None = None) -> Signer:
        """What signs with the key; `connect` opens the chain whose node may keep it.

        Raises KeyUnavailable, BadKey, SignerFailed, NodeAccountFailed, RpcDown.
        """
        if self.kind is KeyKind.SIGNER:
            return RemoteSigner.connect(self.place)
        if self.kind is KeyKind.UNLOCKED and connect is not None:
            return NodeAccount.find(connect(), self.place)
        return self.load_local()

    def load_local(self) -> Key:
        """The key itself. Raises KeyUnavailable, also for what keeps its key: a signer, a node."""
        match self.kind:
            case KeyKind.ENV:
                return self._parse(self._variable())
            case KeyKind.FILE:
                return self._parse(_text(self._read(Path(self.place))))
            case KeyKind.KEYSTORE:
                return self._decrypt(self._read(Path(self.place)))
        keeper = "node" if self.kind is KeyKind.UNLOCKED else "signer"
        raise KeyUnavailable(self, f"the {keeper} keeps it", "Name a keystore here instead.")

    def _variable(self) -> str:
        found = os.environ.get(self.place)
        if not found:
            raise KeyUnavailable(self, "it is not set", f"Set {self.place} to the private key.")
        return found

    def _read(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(_LONGEST)
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "strerror", None) or "no name of a file"
            raise KeyUnavailable(self, reason, "Name a file that this user can read.") from None

    def _parse(self, text: str) -> Key:
        try:
            return Key.parse(text)
        except BadKey:
            raise KeyUnavailable(self, "it holds no private key", BadKey.hint) from None

    def _decrypt(self, content: bytes) -> Key:
        # Imported late: a second, which only those with a keystore need.
        from eth_account import Account

        password = self._password()
        try:
            return Key(bytes(Account.decrypt(_text(content), password)))
        except Exception as failure:  # noqa: BLE001
            # The library raises whatever a field makes it raise, and its texts may hold the field.
            wrong = "MAC mismatch" in str(failure)
            reason = "the password is wrong" if wrong else "it is no V3 keystore"
        raise KeyUnavailable(self, reason, f"Check the file, and {PASSWORD_FILE} or the prompt.")

    def _password(self) -> str:
        named = self.password_file or os.environ.get(PASSWORD_FILE)
        if named:
            lines = _text(self._read(Path(named))).splitlines()
            return lines[0] if lines else ""
        if not sys.stdin.isatty():
            hint = f"Set {PASSWORD_FILE} to a file with it, or run where it can be typed."
            raise KeyUnavailable(self, "its password is not known", hint)
        return getpass.getpass(f"Password of {self.place}: ", stream=sys.stderr)


def parse_source(text: str) -> KeySource | None:
    """The source that a text names, None when the text is a key itself or nothing known."""
    kind, found, place = text.partition(":")
    if not found or kind not in set(KeyKind) or not place:
        return None
    return KeySource(KeyKind(kind), place)


def load_signer(text: str, connect: Connect | None = None) -> Signer:
    """What signs for a text that a person gave. Raises as `KeySource.load`."""
    source = parse_source(text)
    return Key.parse(text) if source is None else source.load(connect)


def load_local_key(text: str) -> Key:
    """The key for a text that a person gave. Raises KeyUnavailable, BadKey."""
    source = parse_source(text)
    return Key.parse(text) if source is None else source.load_local()


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace").strip()
