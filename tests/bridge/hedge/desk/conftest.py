from collections.abc import Iterator
from pathlib import Path

import pytest

from pargrade.devnet.anvil import Devnet
from tests.support.hedging import HedgeStage, TeamDesk
from tests.support.market import MIDNIGHT, Market


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HedgeStage]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield HedgeStage(Market.ready(net), tmp_path_factory.mktemp("venue"))


@pytest.fixture
def team(stage: HedgeStage, tmp_path: Path) -> Iterator[TeamDesk]:
    with stage.team(tmp_path) as found:
        yield found
