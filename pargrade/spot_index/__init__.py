"""Observations, reports and time averages of the index."""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.spot_index.accumulator import BadWindow as BadWindow
    from pargrade.spot_index.accumulator import Carried as Carried
    from pargrade.spot_index.accumulator import Checkpoint as Checkpoint
    from pargrade.spot_index.accumulator import NoCheckpoint as NoCheckpoint
    from pargrade.spot_index.accumulator import NothingCovered as NothingCovered
    from pargrade.spot_index.accumulator import NotMidnight as NotMidnight
    from pargrade.spot_index.accumulator import Round as Round
    from pargrade.spot_index.accumulator import SlotNotRising as SlotNotRising
    from pargrade.spot_index.accumulator import Window as Window
    from pargrade.spot_index.accumulator import accumulate as accumulate
    from pargrade.spot_index.accumulator import checkpoint_at as checkpoint_at
    from pargrade.spot_index.accumulator import land as land
    from pargrade.spot_index.accumulator import window as window
    from pargrade.spot_index.common_report import ReportTerms as ReportTerms
    from pargrade.spot_index.common_report import common_domain as common_domain
    from pargrade.spot_index.common_report import report_digest as report_digest
    from pargrade.spot_index.common_report import report_struct as report_struct
    from pargrade.spot_index.equivocation import Equivocation as Equivocation
    from pargrade.spot_index.equivocation import NoEquivocation as NoEquivocation
    from pargrade.spot_index.observation import REPLAYED as REPLAYED
    from pargrade.spot_index.observation import BadObservation as BadObservation
    from pargrade.spot_index.observation import Observation as Observation
    from pargrade.spot_index.observation import SignedObservation as SignedObservation
    from pargrade.spot_index.observation import index_domain as index_domain
    from pargrade.spot_index.observation import index_set_of as index_set_of
    from pargrade.spot_index.observation import sign as sign
    from pargrade.spot_index.published_method import published_method_hash as published_method_hash
    from pargrade.spot_index.quorum import IndexVersion as IndexVersion
    from pargrade.spot_index.quorum import common_liars as common_liars
    from pargrade.spot_index.quorum import common_prepares as common_prepares
    from pargrade.spot_index.quorum import common_silent as common_silent
    from pargrade.spot_index.quorum import liars_survived as liars_survived
    from pargrade.spot_index.quorum import silent_survived as silent_survived
    from pargrade.spot_index.report import BadReport as BadReport
    from pargrade.spot_index.report import Part as Part
    from pargrade.spot_index.report import Report as Report
    from pargrade.spot_index.submission import BadSubmission as BadSubmission
    from pargrade.spot_index.submission import SubmittedReport as SubmittedReport
    from pargrade.spot_index.submission import pack_submission as pack_submission
    from pargrade.spot_index.submission import unpack_submission as unpack_submission

__getattr__, __dir__ = face(__name__)
