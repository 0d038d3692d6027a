"""How well one endpoint is: from its failures, its head, and the heads of the others. No I/O."""

from dataclasses import dataclass
from typing import Self

from pargrade.chain.block import BlockStamp


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """When an endpoint is left and when it is taken back. Seconds are of a monotonic clock."""

    probe_s: float = 10.0
    """Between two looks at the heads and chain ids of all endpoints."""
    probe_timeout_s: float = 2.0
    """A look takes at most so long per request."""
    most_lag: int = 2
    """Blocks that an endpoint may be behind the best one."""
    behind_s: float = 30.0
    """Seconds that an endpoint may be behind the best one at all."""
    first_rest_s: float = 1.0
    """Rest after a failure; twice as long after each further one in a row."""
    longest_rest_s: float = 60.0
    most_errors: float = 0.3
    """Share of recent requests that may fail."""
    retries: int = 20
    """Retries in hand at the start, and the most that are saved up."""
    retries_per_success: float = 0.2
    """So many further retries are allowed for each request that succeeds."""


_WEIGHT_OF_NEWEST = 0.1
"""In the share of errors, an exponential average."""


@dataclass(slots=True)
class Health:
    """One endpoint's standing. Times are of a monotonic clock, in seconds."""

    policy: PoolPolicy
    chain_id: int | None = None
    """As last seen, of whatever chain."""
    head: BlockStamp | None = None
    head_since: float = 0.0
    """When this head was first seen."""
    behind_since: float | None = None
    """Since when another endpoint has been ahead."""
    failures: int = 0
    """In a row."""
    error_share: float = 0.0
    rests_until: float = 0.0
    proven: bool = False
    """A look went well since the last failure."""
    last_failure: str = ""
    times_taken: int = 0
    """Times it was used after another one."""

    def succeed(self) -> None:
        """A request was answered."""
        self.failures = 0
        self.error_share *= 1 - _WEIGHT_OF_NEWEST

    def fail(self, now: float, why: str) -> None:
        """A request was not answered, or with something that is none."""
        self.failures += 1
        self.error_share += (1 - self.error_share) * _WEIGHT_OF_NEWEST
        doubled = self.policy.first_rest_s * 2 ** min(self.failures - 1, 16)
        self.rests_until = now + min(doubled, self.policy.longest_rest_s)
        self.proven = False
        self.last_failure = why

    def see(self, now: float, head: BlockStamp) -> None:
        """A look went well."""
        if self.head is None or self.head.hash != head.hash:
            self.head, self.head_since = head, now
        self.proven = True
        self.succeed()

    def compare(self, now: float, best: int) -> None:
        """Notes whether the endpoint is behind the best height seen in this look."""
        if self.head is None or self.head.number >= best:
            self.behind_since = None
        elif self.behind_since is None:
            self.behind_since = now

    def lags(self, now: float, best: int) -> bool:
        """Whether the endpoint is too far or too long behind the best height."""
        if self.head is None or self.behind_since is None:
            return False
        too_long = now - self.behind_since > self.policy.behind_s
        return too_long or best - self.head.number > self.policy.most_lag

    def is_fit(self, now: float, best: int) -> bool:
        """Whether the endpoint may be used while another one could be."""
        errs = self.error_share > self.policy.most_errors
        return self.proven and not errs and not self.lags(now, best)


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """One endpoint for `health` pages and checks."""

    endpoint: str
    """Without secrets."""
    fit: bool
    chain_id: int | None
    """None until it was seen."""
    head: int | None
    head_age_s: float | None
    """Since its head changed, by our clock."""
    error_share: float
    last_failure: str
    """Empty when none was seen."""
    lag: int | None
    """Blocks behind the best one; None until its head was seen."""
    times_taken: int
    """Times it was used after another one."""

    @classmethod
    def of(cls, endpoint: str, health: Health, now: float, best: int) -> Self:
        """The report of an endpoint, where the best one has a head at height `best`."""
        head = health.head
        return cls(
            endpoint=endpoint,
            fit=health.is_fit(now, best),
            chain_id=health.chain_id,
            head=None if head is None else head.number,
            head_age_s=None if head is None else now - health.head_since,
            error_share=health.error_share,
            last_failure=health.last_failure,
            lag=None if head is None else max(best - head.number, 0),
            times_taken=health.times_taken,
        )
