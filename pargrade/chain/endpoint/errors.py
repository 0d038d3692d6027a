"""What an endpoint does wrong. Each of these is an RpcDown: its answer cannot be used.

RpcDown
├── LateAnswer      the whole answer was not there in time
├── LongAnswer      it is longer than any that is read
├── BadAnswer       it is not of the type that the method promises
└── RateLimited     the endpoint wants fewer requests
"""

from pargrade.chain.errors import ChainError, RpcDown


class LateAnswer(RpcDown):
    """The whole answer was not there in time."""

    hint = "Allow the endpoint more time, or name a faster one."

    def __init__(self, endpoint: str, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(endpoint, f"not answered within {seconds:g} s")


class LongAnswer(RpcDown):
    """The answer is longer than any that is read."""

    hint = "Ask for less at once."

    def __init__(self, endpoint: str, most: int) -> None:
        self.most = most
        super().__init__(endpoint, f"answered with more than {most:,} bytes")


class BadAnswer(RpcDown):
    """The answer is not of the type that the method promises."""

    hint = "Name another endpoint: this one answers with something that is no chain's."

    def __init__(self, endpoint: str, method: str, expected: str, evidence: str) -> None:
        self.method = method
        self.expected = expected
        self.evidence = evidence
        super().__init__(endpoint, f"{method} was answered with {evidence}, expected {expected}")


class RateLimited(RpcDown):
    """The endpoint wants fewer requests, or has used up its customer's quota."""

    hint = "Wait, or name a second endpoint."

    def __init__(self, endpoint: str, method: str, text: str) -> None:
        self.method = method
        super().__init__(endpoint, f"{method} was refused by a rate limit: {text}")


class Malformed(ChainError):
    """A JSON value that is not what a method promises. Chain names the endpoint and the method."""

    hint = "Name another endpoint."

    def __init__(self, expected: str, value: object) -> None:
        self.expected = expected
        self.evidence = describe_evidence(value)
        super().__init__(f"{self.evidence} is not {expected}")


def describe_evidence(value: object) -> str:
    """The beginning of what came, for people."""
    text = ascii(value)
    return text if len(text) <= 80 else text[:79] + "…"
