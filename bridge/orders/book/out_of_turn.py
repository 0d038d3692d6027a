"""Why the book does not take something now: each reason is a type, and nothing has changed."""

from bridge.orders.signed.refusals import OrderRefused


class NotReturning(OrderRefused):
    """An order that may not come back to the book."""

    hint = "Sign a new order with a nonce above its lane's."

    def __init__(self, order: bytes, why: str) -> None:
        self.order = order
        self.why = why
        super().__init__(f"order 0x{order.hex()} does not come back: {why}")


class ReturnDue(OrderRefused):
    """Something that came before an order which the index has brought back."""

    hint = "Send it again in a second."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"order 0x{order.hex()} comes back first: the index is near its price")


class RollsFull(OrderRefused):
    """A roll that would wait where as many wait as the relay keeps."""

    hint = "Send it with rule IOC, or cancel a roll that no longer matters."

    def __init__(self, most: int, whose: str) -> None:
        self.most = most
        super().__init__(f"{most} rolls {whose} wait already")


class CallOutOfTurn(OrderRefused):
    """A call that is not due: another hour, closed already, never closed, or of no open series."""

    hint = "A series has one call in each hour until it expires; GET /calls/SERIES has the last."

    def __init__(self, series: int, hour: int) -> None:
        self.series = series
        self.hour = hour
        super().__init__(f"series {series} has no call due in hour {hour}")


class CallPending(OrderRefused):
    """Something that came between the close of a call and its clearing."""

    hint = "Send it again in a second."

    def __init__(self, series: int) -> None:
        self.series = series
        super().__init__(f"the call of series {series} is closed and being cleared")


class CallFull(OrderRefused):
    """An order for a call that has no room."""

    hint = "Wait for the next call, or trade in the book."

    def __init__(self, most: int, whose: str) -> None:
        self.most = most
        super().__init__(f"this call has {most} orders {whose} already")


class TakerInCall(OrderRefused):
    """An order for a call that names its taker."""

    hint = "Sign it for everybody (taker 0), or place it in the book, where its taker may meet it."

    def __init__(self, order: bytes) -> None:
        self.order = order
        super().__init__(f"order 0x{order.hex()} names a taker: a call is for everybody")
