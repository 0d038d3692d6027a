"""What the chain has of a log's orders: each fill with its price and fee, and how series ended."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from bridge.hedge.desk.market_reader import exchange_of
from bridge.hedge.log.entry import Kind, LogEntry
from bridge.hedge.results.fill import HedgeFill, SeriesEnd
from bridge.hedge.trade.wanted import OrderAction, Wanted, WantedOrder, wanted_of
from pargrade.bindings.futures_exchange import Filled, Taken
from pargrade.bindings.structs import Phase
from pargrade.chain.hashing import parse_address
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import Session


def read_fills(entries: Sequence[LogEntry], session: Session) -> list[HedgeFill]:
    """Fills of every order that the log placed, in the order of the chain. Raises ChainError."""
    orders = _placed_orders(entries)
    if not orders:
        return []
    exchange, head = exchange_of(session), session.chain.head()
    first, last = session.deployment.block, head.number
    chain = session.chain
    taken = chain.logs(
        [exchange.address], first=first, last=last, topics=((Taken.TOPIC,), tuple(orders))
    )
    order_of = {log.tx_hash: Taken.decode(log).order for log in taken}
    accounts = {bytes.fromhex(wanted.account[2:]).rjust(32, b"\0") for wanted, _ in orders.values()}
    filled = chain.logs(
        [exchange.address],
        first=first,
        last=last,
        topics=((Filled.TOPIC,), (), (), tuple(accounts)),
    )
    quote = ListedSeries.read(session, next(iter(orders.values()))[1].series, head).quote
    times: dict[int, int] = {}
    found = []
    for log in filled:
        order = order_of.get(log.tx_hash)
        if order is None:
            continue
        wanted, each = orders[order]
        fill = Filled.decode(log)
        if fill.taker != parse_address(wanted.account):
            continue
        number = log.block_number
        times.setdefault(number, chain.block(number).timestamp)
        is_far = fill.series == each.far_id
        sign = 1 if each.action is OrderAction.BUY or is_far else -1
        found.append(
            HedgeFill(
                team=wanted.team,
                account=wanted.account,
                plan=wanted.plan,
                order="0x" + order.hex(),
                series=each.far if is_far else each.series,
                lots=sign * fill.lots,
                price8=fill.price,
                fee_usd=Fraction(fill.fee, 10**quote.decimals),
                instant=times[number],
            )
        )
    return found


def read_ends(names: Iterable[str], session: Session) -> list[SeriesEnd]:
    """Windows and settlement prices of series. Raises ChainError, NotDeployed."""
    head = session.chain.head()
    found = []
    for name in sorted(set(names)):
        series = ListedSeries.read(session, name, head)
        terms, view = series.view.terms, series.view
        price = int(view.price) if view.phase is Phase.SETTLED else 0
        found.append(
            SeriesEnd(name, terms.start, terms.expiry, price, Phase(view.phase).name.lower())
        )
    return found


def _placed_orders(entries: Iterable[LogEntry]) -> dict[bytes, tuple[Wanted, WantedOrder]]:
    plans: dict[str, Wanted] = {}
    found = {}
    for entry in entries:
        body = entry.body
        if entry.kind is Kind.INTENDED:
            plans[body["plan"]] = wanted_of(body["document"])
        elif entry.kind is Kind.PLACED:
            wanted = plans[body["plan"]]
            hashed = bytes.fromhex(body["hash"].removeprefix("0x"))
            found[hashed] = (wanted, wanted.orders[body["order"]])
    return found
