"""Two versions of the method over one history: states, levels, and how far apart they are."""

from statistics import median
from typing import Any, Final

from oracle.backtest.figures import index_figures
from oracle.backtest.run import Backtest
from oracle.backtest.track import Track

_PPM: Final = 1_000_000


def compare_versions(candidate: Backtest, present: Backtest) -> dict[str, Any]:
    """Every index of the candidate beside the same of the present version, as JSON values.

    Both ran at the same instants. Distances are of the values a node would sign, as parts per
    million of the present one, rounded down, at instants where both have one; None where none is.
    """
    beside = {track.index: track for track in present.tracks}
    return {
        "version": candidate.methods[0].version,
        "method_hash": "0x" + candidate.methods[0].method_hash.hex(),
        "indices": [
            index_figures(track) | _distances(track, beside[track.index])
            for track in candidate.tracks
        ],
    }


def _distances(candidate: Track, present: Track) -> dict[str, Any]:
    ours, theirs = dict(candidate.reported), dict(present.reported)
    both = sorted(ours.keys() & theirs.keys())
    apart = [abs(ours[instant] - theirs[instant]) * _PPM // theirs[instant] for instant in both]
    return {
        "instants": len(ours),
        "present_instants": len(theirs),
        "both_instants": len(both),
        "median_ppm": int(median(apart)) if apart else None,
        "greatest_ppm": max(apart, default=None),
    }
