"""Receipts kept in a file, one a line: what `relay audit --receipts` holds against a log."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bridge.orders.client.answers import PlacedOrder
from bridge.orders.event.receipt import OrderReceipt
from pargrade.errors import PargradeError


class BadReceiptFile(PargradeError):
    """A file that receipts cannot be added to."""

    hint = "Name a file in a folder that exists, on a disk that has room."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path}: no receipt can be kept here: {why}")


class ReceiptFile:
    """A file that is open for the receipts of orders to come."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def keep(self, receipts: Iterable[OrderReceipt]) -> None:
        """Adds receipts, on disk when this returns. Raises BadReceiptFile."""
        lines = "".join(json.dumps(receipt.to_json()) + "\n" for receipt in receipts)
        try:
            self._file.write(lines.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as failure:
            raise BadReceiptFile(self._path, failure.strerror or "a failed write") from None


@contextmanager
def receipt_file(path: Path | None) -> Iterator[ReceiptFile | None]:
    """Opens a file before an order is signed, so that its receipt has a place; None for none.

    Raises BadReceiptFile.
    """
    if path is None:
        yield None
        return
    try:
        file = path.open("ab")
    except OSError as failure:
        raise BadReceiptFile(path, failure.strerror or "unwritable") from None
    with file:
        yield ReceiptFile(path, file)


def keep_receipts(file: ReceiptFile | None, results: Iterable[object]) -> None:
    """Keeps the receipt of each order that was accepted. Raises BadReceiptFile."""
    if file is not None:
        file.keep(each.receipt for each in results if isinstance(each, PlacedOrder))
