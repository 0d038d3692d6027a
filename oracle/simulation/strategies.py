"""The library of strategies by name: what up to f nodes do to stop, split or move the index."""

from typing import Final

from oracle.simulation.liar import Liar
from oracle.simulation.lies_as_leader import ChosenQuorum, OmitHonest, SplitProposal
from oracle.simulation.lies_in_time import (
    DelayAll,
    Flood,
    HoldReports,
    LateHave,
    NeverTransmits,
    ReplayOld,
    Silent,
    Spam,
    Staggered,
    TransmitsLast,
)
from oracle.simulation.lies_of_content import (
    FalseHave,
    ForgeBatch,
    FutureStamps,
    LieHigh,
    NoBodies,
    NoHave,
    OldPriceNewStamp,
    Pairwise,
    Secretive,
    SplitBatch,
    SplitPrepare,
    SplitReport,
    StaleBatch,
    Toggle,
    VictimOmitted,
)
from oracle.simulation.lies_of_size import PiecewiseBatch

STRATEGIES: Final[dict[str, type[Liar]]] = {
    "batch of one's own for each half": SplitBatch,
    "batch forged for another": ForgeBatch,
    "batch in pieces": PiecewiseBatch,
    "bodies withheld": NoBodies,
    "chosen quorum": ChosenQuorum,
    "delays everything": DelayAll,
    "faces to each half": Toggle,
    "false HAVEs": FalseHave,
    "floods": Flood,
    "future stamps": FutureStamps,
    "HAVEs at the last moment": LateHave,
    "HAVEs withheld": NoHave,
    "holds reports back": HoldReports,
    "honest": Liar,
    "known to one alone": Secretive,
    "lies high": LieHigh,
    "never transmits": NeverTransmits,
    "old price, new stamp": OldPriceNewStamp,
    "omits as leader": OmitHonest,
    "PREPAREs for everything": SplitPrepare,
    "proposes to a few": Staggered,
    "replays": ReplayOld,
    "calls without cause": Spam,
    "signs two reports": SplitReport,
    "silent": Silent,
    "speaks to a few": Pairwise,
    "splits as leader": SplitProposal,
    "stale batches": StaleBatch,
    "transmits last": TransmitsLast,
    "victim left out": VictimOmitted,
}
