"""Contexts that are open in a thread of their own.

Playwright keeps an event loop running in the thread that drives the browser, and asyncio refuses to
run a second one there.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def aside(opened: AbstractContextManager[T]) -> Iterator[T]:
    """The context's value, while another thread holds it open. Raises what opening it raises."""
    is_open, is_over = threading.Event(), threading.Event()
    found: list[T] = []
    failures: list[Exception] = []

    def hold() -> None:
        try:
            with opened as value:
                found.append(value)
                is_open.set()
                is_over.wait()
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        is_open.set()

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    is_open.wait()
    try:
        if failures:
            raise failures[0]
        yield found[0]
    finally:
        is_over.set()
        thread.join()
