"""Which status each refusal of a node's API has, and what each status says."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import Response

from oracle.consensus.round_history import NoSuchIndex
from oracle.consensus.slot import SlotAhead, SlotExpired, SlotOffGrid
from oracle.node.history_pages import TooManyRounds
from oracle.node.reporter import NothingToReport, NotReporter, SlotWithheld, WrongMethod
from pargrade.errors import PargradeError
from pargrade.text import printable
from pargrade.web import problems

_REASONS: Final = {
    400: "The slot is not on the grid.",
    403: "The node is not a reporter, or has another method.",
    404: "There is nothing of this name, or nothing to report.",
    409: "The chain has not reached the slot.",
    413: "The file would be too large.",
    410: "The slot has expired, or this key may have signed for it before.",
    422: "The request cannot be read.",
    503: "The chain, the journal or the archive cannot be used now.",
}


class NoEvidence(PargradeError):
    """No observation of this node has this root."""

    hint = "Take the evidence_root of an observation that this node signed."

    def __init__(self, root: str) -> None:
        self.root = root
        super().__init__(f"no evidence with root {printable(root, 80)}")


class NoIndex(PargradeError):
    """Nothing has been computed since the node started."""

    hint = "Ask again."

    def __init__(self) -> None:
        super().__init__("nothing has been computed yet")


_STATUS: Final[dict[type[PargradeError], int]] = {
    SlotOffGrid: 400,
    SlotAhead: 409,
    SlotExpired: 410,
    SlotWithheld: 410,
    NothingToReport: 404,
    NoEvidence: 404,
    NoIndex: 404,
    NoSuchIndex: 404,
    TooManyRounds: 413,
    NotReporter: 403,
    WrongMethod: 403,
}
"""HTTP status of each refusal; every other error is of this node or the chain: 503."""


def describe_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a path besides 200, for its description."""
    return problems.describe_refusals({status: _REASONS[status] for status in statuses})


def describe_refusal(error: PargradeError) -> Response:
    """The problem document of a refusal."""
    return problems.refusal(error, _STATUS)


def handle_errors(api: FastAPI) -> None:
    """Make every error of a node's API a problem document."""
    problems.handle_errors(api, _STATUS)
