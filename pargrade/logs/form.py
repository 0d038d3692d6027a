"""The two forms of a log line: text for people, one JSON object for machines."""

import logging
from collections.abc import Mapping
from typing import Any, Final, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from pargrade.logs.log_format import LogFormat
from pargrade.text import printable

MOST_SHOWN: Final = 4_096
"""Characters of a line's text, and of each line of a traceback."""

_CONTEXT: Final = ("slot", "block", "series")
"""What comes first of what is bound."""

_FIXED: Final = ("timestamp", "level", "node", "event", "exception")


def make_formatter(form: LogFormat, node: str) -> logging.Formatter:
    """The formatter of a process that is called `node`."""

    def add_node(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**event, "node": node}

    before: list[Processor] = [
        structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_node,
        _add_context,
        structlog.processors.format_exc_info,
        _add_details,
    ]
    renderer: Processor = structlog.processors.JSONRenderer()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer if form is LogFormat.JSON else _render_text,
        ],
    )


def _add_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Adds what was bound when the line was logged, which may be another thread's."""
    context: Mapping[str, Any] = vars(event["_record"]).get("context", {})
    # A context has no order of its own.
    names = [name for name in _CONTEXT if name in context]
    return {**event, **{name: context[name] for name in [*names, *sorted(set(context) - {*names})]}}


def _add_details(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Escapes what is no printable character: some of a message may be another's text."""
    details = vars(event["_record"]).get("details", ())
    text = "; ".join([str(event["event"]), *map(str, details)])
    return {**event, "event": printable(text, MOST_SHOWN)}


def _render_text(_: WrappedLogger, __: str, event: EventDict) -> str:
    facts = "".join(
        f" {name}={value}"
        for name, value in event.items()
        if name not in _FIXED and name != "logger"
    )
    level = cast(str, event["level"]).upper()
    line = f"{event['timestamp']} {level} {event['node']}{facts}: {event['event']}"
    traceback = str(event.get("exception", "")).splitlines()
    # Indented, so that no line of a foreign error looks like a line of this log.
    return "\n".join([line, *(f"    {printable(part, MOST_SHOWN)}" for part in traceback)])
