"""What is still to be done at each end of a route. Values in, calls out; nothing is sent here."""

from collections.abc import Iterator
from typing import Any

from bridge.gate.route.attester_set import AttesterSet
from bridge.gate.route.end import GateEnd, Side
from bridge.gate.route.file import EndTable
from bridge.gate.route.pair import EndsDisagree, RoutePair
from bridge.gate.route.reading import EndReading
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.structs import Direction, Limit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import through_factory
from pargrade.gate.transfer import MOST_STEPS
from pargrade.units import parse_amount

Calls = list[Call[Any]]


def limits_of(table: EndTable, decimals: int) -> tuple[int, int]:
    """Capacities out and in, in steps of the route. Raises BadAmount, TooPrecise, EndsDisagree."""
    out, into = (parse_amount(text, decimals) for text in (table.limit_out, table.limit_in))
    if not all(0 <= steps <= MOST_STEPS for steps in (out, into)):
        raise EndsDisagree((f"a limit of {table.limit_out} or {table.limit_in} cannot be kept",))
    return out, into


def require_agreement(pair: RoutePair, home: EndReading, remote: EndReading) -> None:
    """Raises EndsDisagree for all that stands between the ends and being one route."""
    reasons = tuple(_disagreements(pair, home, remote))
    if reasons:
        raise EndsDisagree(reasons)


def addition(pair: RoutePair, side: Side, reading: EndReading) -> Calls:
    """Calls that bring the route to an end; none where it is there."""
    calls: Calls = []
    if side is Side.REMOTE and pair.creation is not None and not pair.has_representation:
        calls.append(through_factory(pair.creation))
    if reading.state is None:
        table = pair.file.home if side is Side.HOME else pair.file.remote
        out, into = limits_of(table, pair.route.decimals)
        calls.append(pair.end(side).gate.add_route(pair.terms, out, into))
    return calls


def limitation(pair: RoutePair, side: Side, reading: EndReading) -> tuple[Calls, dict[str, int]]:
    """Calls that bring an end's limits to those of the file, and what waits: Unix time by way."""
    calls: Calls = []
    waiting: dict[str, int] = {}
    if reading.limits is None:
        raise EndsDisagree((f"the route is not added {_where(pair.end(side))}",))
    table = pair.file.home if side is Side.HOME else pair.file.remote
    wanted = limits_of(table, pair.route.decimals)
    for way, steps, limit in zip(Direction, wanted, reading.limits, strict=True):
        call = _limit_call(pair, side, way, steps, limit, reading.block.timestamp)
        if call is not None:
            calls.append(call)
        elif limit.capacity != steps:
            waiting[way.name.lower()] = limit.ready_at
    return calls, waiting


def seating(end: GateEnd, wanted: AttesterSet, reading: EndReading) -> Calls:
    """The call that puts the attesters in force; none where they are."""
    if wanted.is_in_force(reading.attesters):
        return []
    return [end.gate.set_attesters(wanted.threshold, wanted.addresses)]


def revocation(end: GateEnd, epoch: int | None, reading: EndReading) -> Calls:
    """The call that revokes an epoch, by default the current one; none where it is revoked."""
    current = reading.attesters
    wanted = current.epoch if epoch is None else epoch
    if not wanted or wanted > current.epoch:
        raise EndsDisagree((f"there is no epoch {wanted} {_where(end)}",))
    config = end.gate.attester_config(wanted, block=reading.block)
    return [] if config.revoked else [end.gate.revoke_epoch(wanted)]


def _limit_call(
    pair: RoutePair, side: Side, way: Direction, steps: int, limit: Limit, now: int
) -> Call[Any] | None:
    gate, route = pair.end(side).gate, pair.route.id
    is_announced = limit.ready_at != 0
    if limit.capacity == steps and not is_announced:
        return None
    if is_announced and limit.pending == steps:
        return gate.apply_limit(route, way) if now >= limit.ready_at else None
    return gate.set_limit(route, way, steps)


def _disagreements(pair: RoutePair, home: EndReading, remote: EndReading) -> Iterator[str]:
    for end, reading in ((pair.home, home), (pair.remote, remote)):
        if reading.taken_by not in (bytes(32), pair.route.id):
            taken = "0x" + reading.taken_by.hex()
            yield f"the token {_where(end)} has another route, {taken}"
    for end, reading in ((pair.home, home), (pair.remote, remote)):
        if reading.state is not None and reading.state.terms != pair.terms:
            yield f"the route {_where(end)} has other terms"
    if pair.has_representation:
        yield from _representation_faults(pair)
    for table in (pair.file.home, pair.file.remote):
        limits_of(table, pair.route.decimals)


def _representation_faults(pair: RoutePair) -> Iterator[str]:
    token = BridgedToken(pair.remote.chain, pair.route.remote.token)
    found = token.decimals(block=Tag.LATEST)
    if found != pair.route.remote.decimals:
        yield f"{token.address} has {found} decimals, the route {pair.route.remote.decimals}"
    owner = token.gate(block=Tag.LATEST)
    if owner != pair.remote.gate.address:
        yield f"{token.address} obeys {owner}, not the gate {pair.remote.gate.address}"


def _where(end: GateEnd) -> str:
    return f"at {end.side.value} (chain {end.chain.chain_id})"
