"""What a maker does next, given what it wants, what it signed and what it holds. Pure.

Lots that it holds and lots of a side that anybody could still fill are never more than `most_lots`
together: nothing is signed beyond that room. What is only taken away at a relay still counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bridge.orders.maker.ladder import LadderTerms
from bridge.orders.maker.outstanding import Outstanding, SignedQuote
from bridge.orders.maker.quotes import LaneQuote
from pargrade.bindings.structs import Side


@dataclass(slots=True)
class Decision:
    """In the order in which it is done."""

    cancel: list[SignedQuote] = field(default_factory=list)
    """To be taken away at the relay."""
    again: list[SignedQuote] = field(default_factory=list)
    """Signed before and not in the book, for all that is known: the same bytes are sent again."""
    sign: list[LaneQuote] = field(default_factory=list)
    end: dict[int, int] = field(default_factory=dict)
    """Nonces by lane to be ended on the chain: they hold room that is wanted."""


def expected_inventory(inventory: int, outstanding: Outstanding) -> int:
    """LONG less SHORT once the matches have come to the chain that the relay made, lots."""
    bought, sold = map(outstanding.left_lots, (Side.BUY, Side.SELL))
    return inventory + bought - sold


def room_of(side: Side, inventory: int, outstanding: Outstanding, terms: LadderTerms) -> int:
    """Lots of a side that may still be signed; below zero where too many are held."""
    held = inventory if side is Side.BUY else -inventory
    return terms.most_lots - held - outstanding.open_lots(side)


def decide(
    wanted: Iterable[LaneQuote],
    outstanding: Outstanding,
    inventory: int,
    terms: LadderTerms,
    renewed_at: int,
) -> Decision:
    """From quotes, those first that matter most. Those that expire at `renewed_at` or before are
    signed anew where there is room, and else stay until they do.
    """
    decision, kept, short = Decision(), set[int](), set[Side]()
    rooms = {side: room_of(side, inventory, outstanding, terms) for side in Side}
    over = {side for side in Side if rooms[side] < 0}
    for quote in wanted:
        lots = min(quote.lots, rooms[quote.side])
        known = None if quote.side in over else _usable(quote, outstanding)
        is_fresh = known is not None and _is_fresh(known, quote, renewed_at)
        if not is_fresh and lots < quote.lots:
            short.add(quote.side)
        if known is not None and (is_fresh or lots < max(_offered(known), terms.least_lots)):
            kept.add(id(known))
            if not known.rests:
                decision.again.append(known)
        elif lots >= terms.least_lots:
            decision.sign.append(replace(quote, lots=lots))
            rooms[quote.side] -= lots
    # One that the relay took and has no more is matched: there is nothing to take away.
    decision.cancel = [
        each
        for each in outstanding
        if id(each) not in kept and outstanding.open_of(each) and each.may_rest
    ]
    decision.end = _endable(outstanding, kept, short)
    return decision


def _usable(quote: LaneQuote, outstanding: Outstanding) -> SignedQuote | None:
    """What offers the quote already: at the relay, or refused or unheard by it."""
    known = outstanding.newest(quote.lane)
    if known is None or known.quote.prices != quote.prices or not outstanding.open_of(known):
        return None
    return known if known.may_rest else None


def _offered(known: SignedQuote) -> int:
    return known.rests or known.quote.lots


def _is_fresh(known: SignedQuote, quote: LaneQuote, renewed_at: int) -> bool:
    """Whether it lives beyond a time and has half of its lots at least."""
    return known.expiry > renewed_at and 2 * _offered(known) >= quote.lots


def _endable(outstanding: Outstanding, kept: set[int], short: set[Side]) -> dict[int, int]:
    """What holds room of a side that is short of it, and no match on its way needs."""
    found: dict[int, int] = {}
    for lane, quotes in outstanding.signed.items():
        for each in quotes:
            is_open = outstanding.open_of(each) > 0
            is_needed = id(each) in kept or each.may_rest or outstanding.left_of(each)
            if is_open and (is_needed or each.quote.side not in short):
                # Ending a later nonce would end this one, too.
                break
            if is_open:
                found[lane] = each.nonce
    return found
