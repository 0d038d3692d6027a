"""What Pargrade has deployed on a chain: deploying it, reading it, and the calls that use it.

`Session` is a chain with its deployment. What changes anything comes as calls, which `carry_out`
rehearses and sends from a `Wallet`: `WrappedGrade` for tokens and units, `list_series` and `Pair`
for futures, `settle_calls` and `redeem_calls` at their end. Amounts are base units.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.deployment.batch import send_batch as send_batch
    from pargrade.deployment.council import STOPS as STOPS
    from pargrade.deployment.council import UnsafeRoles as UnsafeRoles
    from pargrade.deployment.council import find_faults as find_faults
    from pargrade.deployment.council import require_safe_roles as require_safe_roles
    from pargrade.deployment.deployer import creations as creations
    from pargrade.deployment.deployer import deploy as deploy
    from pargrade.deployment.deployer import least_gas as least_gas
    from pargrade.deployment.deployer import place_all as place_all
    from pargrade.deployment.factory import bring_factory as bring_factory
    from pargrade.deployment.factory import factory_cost as factory_cost
    from pargrade.deployment.file import BadDeployment as BadDeployment
    from pargrade.deployment.file import DeployedGrade as DeployedGrade
    from pargrade.deployment.file import DeployedSeries as DeployedSeries
    from pargrade.deployment.file import Deployment as Deployment
    from pargrade.deployment.file import NoDeployment as NoDeployment
    from pargrade.deployment.file import NotDeployed as NotDeployed
    from pargrade.deployment.file import default_path as default_path
    from pargrade.deployment.follow_stage import Led as Led
    from pargrade.deployment.follow_stage import Stage as Stage
    from pargrade.deployment.following import Following as Following
    from pargrade.deployment.front import INDEX as INDEX
    from pargrade.deployment.front import front_of as front_of
    from pargrade.deployment.front import index_of_version as index_of_version
    from pargrade.deployment.front import indices_of as indices_of
    from pargrade.deployment.front import read_phases as read_phases
    from pargrade.deployment.front import require_front as require_front
    from pargrade.deployment.front import require_present as require_present
    from pargrade.deployment.governed import permit as permit
    from pargrade.deployment.grade import ListedGrade as ListedGrade
    from pargrade.deployment.grade import listed_grades as listed_grades
    from pargrade.deployment.grade_closing import GradeClosing as GradeClosing
    from pargrade.deployment.grade_closing import grade_closings as grade_closings
    from pargrade.deployment.grade_listing import NewGrade as NewGrade
    from pargrade.deployment.grade_listing import find_unrecorded as find_unrecorded
    from pargrade.deployment.grade_listing import list_grade as list_grade
    from pargrade.deployment.grade_listing import list_grades as list_grades
    from pargrade.deployment.grade_listing import record_grade as record_grade
    from pargrade.deployment.grade_listing import require_free_symbol as require_free_symbol
    from pargrade.deployment.grade_shortage import LOOKS_APART_S as LOOKS_APART_S
    from pargrade.deployment.grade_shortage import Due as Due
    from pargrade.deployment.grade_shortage import Shortage as Shortage
    from pargrade.deployment.grade_shortage import call_due as call_due
    from pargrade.deployment.grade_terms import NO_TOKEN as NO_TOKEN
    from pargrade.deployment.grade_terms import frozen_terms as frozen_terms
    from pargrade.deployment.grade_terms import listed_terms as listed_terms
    from pargrade.deployment.grade_terms import own_terms as own_terms
    from pargrade.deployment.grade_terms import read_proposal as read_proposal
    from pargrade.deployment.index_on_chain import IndexOnChain as IndexOnChain
    from pargrade.deployment.index_reading import READING_COLUMNS as READING_COLUMNS
    from pargrade.deployment.index_reading import IndexReading as IndexReading
    from pargrade.deployment.index_reading import read_indices as read_indices
    from pargrade.deployment.next_index import IndexTerms as IndexTerms
    from pargrade.deployment.next_index import NextIndex as NextIndex
    from pargrade.deployment.next_index import Provided as Provided
    from pargrade.deployment.next_index import provide as provide
    from pargrade.deployment.next_index import reporters_of as reporters_of
    from pargrade.deployment.pairs import Pair as Pair
    from pargrade.deployment.payouts import Payout as Payout
    from pargrade.deployment.payouts import read_payouts as read_payouts
    from pargrade.deployment.plan import ADMIN_DELAY as ADMIN_DELAY
    from pargrade.deployment.plan import DEFAULT_TIMING as DEFAULT_TIMING
    from pargrade.deployment.plan import WIDE_PERCENT as WIDE_PERCENT
    from pargrade.deployment.plan import BadReporters as BadReporters
    from pargrade.deployment.plan import Plan as Plan
    from pargrade.deployment.plan import Reporters as Reporters
    from pargrade.deployment.plan import WeakQuorum as WeakQuorum
    from pargrade.deployment.plan import default_quorum as default_quorum
    from pargrade.deployment.recorded_round import RecordedRound as RecordedRound
    from pargrade.deployment.recorded_round import read_rounds as read_rounds
    from pargrade.deployment.recorded_round import read_rounds_and_proofs as read_rounds_and_proofs
    from pargrade.deployment.redemption import claim_calls as claim_calls
    from pargrade.deployment.redemption import find_self_redeeming as find_self_redeeming
    from pargrade.deployment.redemption import held_lots as held_lots
    from pargrade.deployment.redemption import read_claimable as read_claimable
    from pargrade.deployment.redemption import redeem_calls as redeem_calls
    from pargrade.deployment.redemption import redeem_for_calls as redeem_for_calls
    from pargrade.deployment.redemption import settle_calls as settle_calls
    from pargrade.deployment.rehearsal import creation_messages as creation_messages
    from pargrade.deployment.rehearsal import deployment_messages as deployment_messages
    from pargrade.deployment.rehearsal import rehearse as rehearse
    from pargrade.deployment.roles import PERMISSIONS as PERMISSIONS
    from pargrade.deployment.roles import Role as Role
    from pargrade.deployment.series import LONG as LONG
    from pargrade.deployment.series import ListedSeries as ListedSeries
    from pargrade.deployment.series import lots_shown as lots_shown
    from pargrade.deployment.series import market_of as market_of
    from pargrade.deployment.series import number_of as number_of
    from pargrade.deployment.series import window_so_far as window_so_far
    from pargrade.deployment.series_listing import BadName as BadName
    from pargrade.deployment.series_listing import NewSeries as NewSeries
    from pargrade.deployment.series_listing import list_series as list_series
    from pargrade.deployment.series_listing import record_series as record_series
    from pargrade.deployment.series_listing import require_free_name as require_free_name
    from pargrade.deployment.series_state import read_next_action as read_next_action
    from pargrade.deployment.series_state import spot_index_of as spot_index_of
    from pargrade.deployment.session import Session as Session
    from pargrade.deployment.session import open_session as open_session
    from pargrade.deployment.settlement_rounds import read_values as read_values
    from pargrade.deployment.shipped_code import CodeCheck as CodeCheck
    from pargrade.deployment.shipped_code import check_code as check_code
    from pargrade.deployment.site import Site as Site
    from pargrade.deployment.site import add_grades as add_grades
    from pargrade.deployment.site import find_site as find_site
    from pargrade.deployment.statement_file import BadStatement as BadStatement
    from pargrade.deployment.statement_file import StatementDiffers as StatementDiffers
    from pargrade.deployment.statement_file import body_of as body_of
    from pargrade.deployment.statement_file import csv_of as csv_of
    from pargrade.deployment.statement_file import figures_for as figures_for
    from pargrade.deployment.statement_file import read_signed as read_signed
    from pargrade.deployment.statement_file import require_agreement as require_agreement
    from pargrade.deployment.statement_file import require_same as require_same
    from pargrade.deployment.statement_file import signed as signed
    from pargrade.deployment.submission import NEWEST as NEWEST
    from pargrade.deployment.submission import ForgedRound as ForgedRound
    from pargrade.deployment.submission import NoSuchRound as NoSuchRound
    from pargrade.deployment.submission import Statement as Statement
    from pargrade.deployment.submission import Submission as Submission
    from pargrade.deployment.submission import parse_tx_hash as parse_tx_hash
    from pargrade.deployment.submission import read_submission as read_submission
    from pargrade.deployment.submission import submitted_bytes as submitted_bytes
    from pargrade.deployment.token import NotEnough as NotEnough
    from pargrade.deployment.token import Token as Token
    from pargrade.deployment.transactions import CannotRehearse as CannotRehearse
    from pargrade.deployment.transactions import Step as Step
    from pargrade.deployment.transactions import carry_out as carry_out
    from pargrade.deployment.transactions import describe as describe
    from pargrade.deployment.transactions import to_json as to_json
    from pargrade.deployment.verification import EntryCheck as EntryCheck
    from pargrade.deployment.verification import check_entries as check_entries
    from pargrade.deployment.wrapping import WrappedGrade as WrappedGrade

__getattr__, __dir__ = face(__name__)
