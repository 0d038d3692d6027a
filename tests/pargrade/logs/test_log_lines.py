"""Log lines as they are written: in two forms, with slot and block, and foreign text escaped."""

import io
import json
import logging

import pytest
from structlog.contextvars import bound_contextvars

from pargrade.logs.form import MOST_SHOWN, make_formatter
from pargrade.logs.handler import COUNTED, CountingHandler
from pargrade.logs.log_format import LogFormat


class Log:
    """A log in memory, with a clock that is driven."""

    def __init__(self, form):
        self.now = 0.0
        self.stream = io.StringIO()
        self.handler = CountingHandler(self.stream, lambda: self.now)
        self.handler.setFormatter(make_formatter(form, "node-1"))
        self.logger = logging.Logger("oracle.node.daemon")
        self.logger.addHandler(self.handler)

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()

    @property
    def objects(self):
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def text():
    return Log(LogFormat.TEXT)


@pytest.fixture
def machine():
    return Log(LogFormat.JSON)


def test_text__with_a_slot_bound__says_node_slot_and_block(text):
    with bound_contextvars(slot=1_772_582_400, block=12):
        text.logger.warning("held: %s", "no quorum")
    [line] = text.lines
    assert line.endswith("Z WARNING node-1 slot=1772582400 block=12: held: no quorum")


def test_json__with_a_slot_bound__is_one_object_with_named_fields(machine):
    with bound_contextvars(slot=1_772_582_400, block=12):
        machine.logger.info("landed")
    [line] = machine.objects
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "oracle.node.daemon",
        "node": "node-1",
        "slot": 1_772_582_400,
        "block": 12,
        "event": "landed",
    }


@pytest.mark.parametrize("form", LogFormat)
def test_foreign_text__with_newlines_and_terminal_codes__stays_one_line(form):
    log = Log(form)
    log.logger.error("peer says %s", "a\n2026 INFO forged\x1b[31m\u2028b\r")
    [line] = log.lines
    assert not set("\x1b\r\u2028") & set(line)


def test_foreign_text__in_a_traceback__cannot_begin_a_line(text):
    try:
        raise ValueError("x\n2026-03-04T00:00:00Z INFO node-1: forged\x1b")
    except ValueError:
        text.logger.exception("a poll broke")
    first, *rest = text.lines
    assert first.endswith("a poll broke")
    assert any("forged" in line for line in rest)
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in text.stream.getvalue()


def test_line__without_end__is_cut(text):
    text.logger.error("%s", "x" * 10_000_000)
    assert len(text.stream.getvalue()) < MOST_SHOWN + 200


def test_warning__repeated__is_counted_with_the_slot_it_came_at_last(machine):
    for second in range(61):
        machine.now = second
        with bound_contextvars(slot=second):
            machine.logger.warning("held: %s", "no quorum", extra={"details": ["node-2 DOWN"]})
    first, count = machine.objects
    assert (first["event"], first["slot"]) == ("held: no quorum; node-2 DOWN", 0)
    assert (count["event"], count["slot"]) == ("held: no quorum (repeated 60 times in 60 s)", 60)


def test_warnings__that_differ_in_a_number__are_one_line_and_in_an_address_are_not(text):
    for seconds in (1.5, 22, 333):
        text.logger.warning("the head has not moved for %s s", seconds)
    for port in (8545, 8546):
        text.logger.warning("no answer from http://127.0.0.1:%d", port)
    for node in (3, 4):
        text.logger.warning("node-%d ended (1)", node)
    assert len(text.lines) == 1 + 2 + 2


def test_errors__of_one_kind__are_one_line_whatever_they_say(text):
    for words in ("reset", "refused", "timed out"):
        text.logger.error("%s", words, extra={"kind": "RpcDown"})
    assert len(text.lines) == 1


def test_rounds__of_equal_value__are_all_written_and_what_asks_for_it_is_counted(text):
    for _ in range(3):
        text.logger.info("landed (heartbeat): 2.31")
        text.logger.info("going on", extra=COUNTED)
    assert len(text.lines) == 3 + 1


def test_log__that_is_closed__says_what_it_counted(text):
    text.logger.warning("held")
    text.logger.warning("held")
    text.now = 5
    text.handler.close()
    assert text.lines[-1].endswith("held (repeated once in 5 s)")
