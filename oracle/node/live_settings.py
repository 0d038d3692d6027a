"""Which venues a node asks itself, and how often: the table `live` of its file."""

from typing import Self

from pydantic import Field, model_validator

from oracle.sources.venue import UnknownVenue, VenueRefused, load_venues
from pargrade.clock import DAY_S, HOUR_S
from pargrade.settings import StrictTable, Texts, Unfit, whole_number


class LiveSettings(StrictTable):
    """Venues that the node asks itself; none: it reads a recording.

    A venue that is named here is switched on. Those whose terms forbid it cannot be.
    """

    venues: Texts = ()
    interval_s: int = whole_number(60, DAY_S, HOUR_S)
    urls: dict[str, str] = Field(default_factory=dict, description="a table of venues and URLs")

    @model_validator(mode="after")
    def _require_askable(self) -> Self:
        if len(set(self.venues)) != len(self.venues):
            raise Unfit("venues names one twice")
        if strange := sorted(self.urls.keys() - set(self.venues)):
            raise Unfit(f"urls has {strange[0]!r}, which venues does not name")
        for slug in self.venues:
            try:
                _require_askable(slug)
            except (UnknownVenue, VenueRefused) as refusal:
                raise Unfit(str(refusal), refusal.hint) from None
        return self


def _require_askable(slug: str) -> None:
    venue = load_venues()[slug]
    venue.require_allowed()
    if venue.feed is None or venue.feed.by_hand:
        raise VenueRefused(slug, "it has no feed that a program may ask by itself")
