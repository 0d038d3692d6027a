"""Grades: the terms a token is wrapped under, read from files, and the arithmetic of wrapping.

Values in, values out; SCU has 18 decimals. Terms that do not make a grade raise a kind of BadTerms.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.grade.conversion import ConversionTerms as ConversionTerms
    from pargrade.grade.conversion import ExceedsSupply as ExceedsSupply
    from pargrade.grade.conversion import ShortReserves as ShortReserves
    from pargrade.grade.conversion import is_short as is_short
    from pargrade.grade.conversion import units_for as units_for
    from pargrade.grade.conversion import unwrap as unwrap
    from pargrade.grade.conversion import wrap as wrap
    from pargrade.grade.file import DEVNET_GRADES as DEVNET_GRADES
    from pargrade.grade.file import Proposal as Proposal
    from pargrade.grade.file import load_proposal as load_proposal
    from pargrade.grade.file import load_terms as load_terms
    from pargrade.grade.file import terms_of as terms_of
    from pargrade.grade.refusals import BadTerms as BadTerms
    from pargrade.grade.refusals import FactorTooFine as FactorTooFine
    from pargrade.grade.refusals import FloatInTerms as FloatInTerms
    from pargrade.grade.refusals import MissingBasis as MissingBasis
    from pargrade.grade.refusals import MissingDecimals as MissingDecimals
    from pargrade.grade.refusals import MissingDenomination as MissingDenomination
    from pargrade.grade.refusals import MissingDepositCap as MissingDepositCap
    from pargrade.grade.refusals import MissingFactor as MissingFactor
    from pargrade.grade.refusals import MissingKind as MissingKind
    from pargrade.grade.refusals import MissingLengthProfile as MissingLengthProfile
    from pargrade.grade.refusals import MissingMethod as MissingMethod
    from pargrade.grade.refusals import MissingModel as MissingModel
    from pargrade.grade.refusals import MissingNetwork as MissingNetwork
    from pargrade.grade.refusals import MissingPrecision as MissingPrecision
    from pargrade.grade.refusals import MissingQuantity as MissingQuantity
    from pargrade.grade.refusals import MissingToken as MissingToken
    from pargrade.grade.refusals import MissingValidity as MissingValidity
    from pargrade.grade.refusals import OutOfPlace as OutOfPlace
    from pargrade.grade.refusals import OutOfRange as OutOfRange
    from pargrade.grade.refusals import UnderSpecified as UnderSpecified
    from pargrade.grade.refusals import UnknownField as UnknownField
    from pargrade.grade.refusals import UnknownWord as UnknownWord
    from pargrade.grade.terms import FACTOR_STEP as FACTOR_STEP
    from pargrade.grade.terms import Basis as Basis
    from pargrade.grade.terms import Denomination as Denomination
    from pargrade.grade.terms import GradeTerms as GradeTerms
    from pargrade.grade.terms import Precision as Precision

__getattr__, __dir__ = face(__name__)
