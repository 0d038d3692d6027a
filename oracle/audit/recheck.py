"""Redo a determination from its own evidence file: no quotes at hand are needed.

The screen, the last link and the value are redone, and the chain's arithmetic is followed from its
base. Only the fixings of midnights before the anchor are taken as stated; redoing those needs
quotes, see oracle.audit.replay. With a window the whole fit is redone, and the prices of the
midnights before the last are taken as stated.
"""

from itertools import pairwise
from typing import Any

from oracle.audit.replay import (
    DifferenceKind,
    FirstDifference,
    Match,
    first_apart,
    first_quote_apart,
    method_differs,
    mismatch,
)
from oracle.evidence import merkle
from oracle.evidence.evidence import BadEvidence, Evidence
from oracle.index.fixing import Anchor, Fixing, value_at
from oracle.index.level import LINK_ONE, Link, apply_link
from oracle.index.method import Method
from oracle.index.panel import BadPanel, Panel
from oracle.index.screen import accept_all, screen
from oracle.index.window.chain import Midnight, day_of_line
from oracle.index.window.own_history import OwnHistory
from oracle.index.window.rule import WindowRule
from oracle.index.window.value import value_in_window
from oracle.quotes.quote import Quote
from pargrade.canonical import FloatRefused, read_json
from pargrade.clock import DAY_S


def check(evidence: Evidence, method: Method) -> Match | FirstDifference:
    """Redo a determination from its evidence. Raises BadEvidence where a line cannot be read."""
    try:
        return _check(evidence, method)
    except (KeyError, ValueError, TypeError, AttributeError, FloatRefused, BadPanel) as error:
        raise BadEvidence(f"{type(error).__name__}: {error}") from error


def _check(evidence: Evidence, method: Method) -> Match | FirstDifference:
    facts = evidence.facts
    as_of = int(facts["as_of"])
    if (wrong := method_differs(facts, method)) is not None:
        return wrong
    panel = Panel.from_json(facts["panel"])

    quotes = [Quote.from_json(read_json(line)["quote"]) for line in evidence.quotes]
    fixing = Fixing.of(screen(quotes, method, panel, as_of), method)
    if method.window is not None:
        days = [day_of_line(line, method) for line in evidence.links]
        fixing = OwnHistory.of(days, method).refuse_astray(fixing, method)
    if (named := first_quote_apart(as_of, evidence.quotes, fixing.lines)) is not None:
        return named

    counted = [Quote.from_json(read_json(line)["quote"]) for line in evidence.anchor]
    anchored = Fixing.of(accept_all(counted, method), method)
    if (apart := first_apart(evidence.anchor, anchored.accepted_lines)) is not None:
        return mismatch(as_of, DifferenceKind.ANCHOR, *apart)
    if method.window is not None:
        return _check_window(evidence, fixing, anchored, method, method.window)
    links = [read_json(line) for line in evidence.links]
    if (wrong := _chain_differs(as_of, links, anchored)) is not None:
        return wrong

    anchor = _anchor(evidence, links, anchored) if links else None
    value = value_at(anchor, fixing, method).to_json()
    if facts["value"] != value:
        return FirstDifference(as_of, DifferenceKind.HEADER, str(facts["value"]), str(value))
    return Match(as_of, evidence.root, value)


def _check_window(
    evidence: Evidence, fixing: Fixing, anchored: Fixing, method: Method, rule: WindowRule
) -> Match | FirstDifference:
    """Redo the fit over the days of the window, whose prices the evidence states.

    Of these days only the last one's quotes are in the evidence, and its prices are redone.
    """
    facts = evidence.facts
    as_of = int(facts["as_of"])
    days = [day_of_line(line, method) for line in evidence.links]
    last = -(-as_of // DAY_S) * DAY_S - DAY_S
    instants = [day.instant for day in days]
    expected = [last - DAY_S * back for back in reversed(range(len(days)))]
    if instants != expected or len(days) >= rule.days:
        return FirstDifference(as_of, DifferenceKind.LINK, str(instants), str(expected))
    if days:
        line = Midnight.of(anchored, last, method).line
        if evidence.links[-1] != line:
            return mismatch(as_of, DifferenceKind.ANCHOR, evidence.links[-1], line)
    value = value_in_window(days, as_of, fixing, method, rule).to_json()
    if facts["value"] != value:
        return FirstDifference(as_of, DifferenceKind.HEADER, str(facts["value"]), str(value))
    return Match(as_of, evidence.root, value)


def _chain_differs(
    as_of: int, links: list[dict[str, Any]], anchored: Fixing
) -> FirstDifference | None:
    """Follow the levels from the base to the anchor, midnight by midnight."""
    for before, link in pairwise(links):
        held = Link(int(link["ratio18"]), link["providers"], link["held"])
        level18 = str(apply_link(int(before["level18"]), held))
        if link["held"] and held.ratio18 != LINK_ONE:
            return FirstDifference(
                as_of, DifferenceKind.LINK, f"held at {link['ratio18']}", f"held at {LINK_ONE}"
            )
        if link["midnight"] != before["midnight"] + DAY_S or link["level18"] != level18:
            midnight = before["midnight"] + DAY_S
            stated = f"{link['level18']} at {link['midnight']}"
            return FirstDifference(as_of, DifferenceKind.LINK, stated, f"{level18} at {midnight}")
    if links:
        last = links[-1]
        fixings = {link["midnight"]: link["fixing"] for link in links}
        if last["midnight"] != as_of // DAY_S * DAY_S:
            midnight = as_of // DAY_S * DAY_S
            return FirstDifference(
                as_of, DifferenceKind.LINK, f"ends at {last['midnight']}", f"ends at {midnight}"
            )
        if fixings[last["fixed_at"]] != anchored.accepted_root.hex():
            stated = fixings[last["fixed_at"]]
            return FirstDifference(
                as_of, DifferenceKind.ANCHOR, stated, anchored.accepted_root.hex()
            )
    return None


def _anchor(evidence: Evidence, links: list[dict[str, Any]], anchored: Fixing) -> Anchor:
    last = links[-1]
    root = merkle.EMPTY
    for line in evidence.links:
        root = merkle.step(root, line)
    return Anchor(
        midnight=last["midnight"],
        fixed_at=last["fixed_at"],
        fixing=anchored,
        level18=int(last["level18"]),
        links=len(links) - 1,
        held=sum(link.get("held", False) for link in links),
        last_held=last.get("held", False),
        line=evidence.links[-1],
        root=root,
    )
