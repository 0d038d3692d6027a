"""What every example here needs: a team's files, its relay and chain, from the environment.

HEDGE_FILES      the history, several files with a colon between them
HEDGE_POLICY     the policy; HEDGE_OUTLOOK, what is planned, if anything is
HEDGE_PLANS      folder of plans, approvals and the log
HEDGE_RELAY      URL of the relay; HEDGE_RPC, of the chain; HEDGE_DEPLOYMENT, the deployment file
PARGRADE_KEY     what signs, as for every command
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.hedge import (
    Exposure,
    HedgeDesk,
    How,
    Outlook,
    Policy,
    expose,
    gpu_hours,
    read_files,
    read_settings,
)
from pargrade.keys.source import load_local_key


@dataclass(frozen=True, slots=True)
class Place:
    """One team's pipeline."""

    files: tuple[Path, ...]
    policy: Path
    plans: Path
    relay: str
    rpc: str
    deployment: Path | None
    outlook: Path | None = None

    @classmethod
    def of_environment(cls) -> "Place":
        """As the comment above says."""
        named = os.environ.get
        deployment, outlook = named("HEDGE_DEPLOYMENT"), named("HEDGE_OUTLOOK")
        return cls(
            files=tuple(map(Path, os.environ["HEDGE_FILES"].split(":"))),
            policy=Path(os.environ["HEDGE_POLICY"]),
            plans=Path(named("HEDGE_PLANS", "plans")),
            relay=named("HEDGE_RELAY", "http://127.0.0.1:8575"),
            rpc=named("HEDGE_RPC", "http://127.0.0.1:8545"),
            deployment=Path(deployment) if deployment else None,
            outlook=Path(outlook) if outlook else None,
        )

    def need(self) -> Exposure:
        """What the team's files say today. Raises Unreadable, UnfitHistory."""
        return expose(read_files(self.files, How()), gpu_hours())

    def planned(self) -> Outlook:
        """Growth and launches."""
        return Outlook() if self.outlook is None else read_settings(Outlook, self.outlook)

    @contextmanager
    def desk(self) -> Iterator[HedgeDesk]:
        """The team's desk, with the key in PARGRADE_KEY."""
        key = load_local_key(os.environ["PARGRADE_KEY"])
        policy = read_settings(Policy, self.policy)
        with HedgeDesk.open(
            policy,
            self.plans,
            relay_url=self.relay,
            rpc_url=self.rpc,
            account=key.address,
            deployment=self.deployment,
            key=key,
        ) as desk:
            yield desk
