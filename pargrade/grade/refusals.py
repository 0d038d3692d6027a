"""Why terms are refused: one error per field a grade cannot be priced without.

BadTerms
├── UnderSpecified        a field is missing: MissingNetwork ... MissingDepositCap
├── OutOfPlace            a field the denomination cannot have
├── OutOfRange            a number the contract has no room for
├── FactorTooFine         more than the four published decimals
├── FloatInTerms          a number with a point that is not text
├── UnknownWord           not one of an enumeration's words
└── UnknownField          a key that is no field of the terms
"""

from collections.abc import Iterable
from typing import ClassVar

from pargrade.errors import PargradeError


class BadTerms(PargradeError):
    """Terms that do not make a grade."""


class UnderSpecified(BadTerms):
    """A field without which the terms do not say what is delivered, or for how much."""

    field: ClassVar[str]

    def __init__(self, network: str) -> None:
        self.network = network
        super().__init__(f"the terms of {network or 'an unnamed network'} lack {self.field}")


class MissingNetwork(UnderSpecified):
    """Nobody is named who would honour the work."""

    field = "network"
    hint = "Name the network whose token this is."


class MissingToken(UnderSpecified):
    """No token is named."""

    field = "token"
    hint = "Give the token's address, 0x and 40 hex digits; the zero address is none."


class MissingDecimals(UnderSpecified):
    """Without decimals a base unit has no size. Zero decimals have to be said too."""

    field = "decimals"
    hint = "State the decimals the token reports."


class MissingKind(UnderSpecified):
    """Nothing says whether the issuer honours the work."""

    field = "kind"
    hint = "Say REDEEMABLE, or COLLATERAL for a token that is only money."


class MissingDenomination(UnderSpecified):
    """Nothing says what one token is an amount of."""

    field = "denomination"
    hint = "Say GPU_HOUR, FLOP or INFERENCE."


class MissingModel(UnderSpecified):
    """A GPU-hour without a GPU model, or tokens without a language model."""

    field = "model"
    hint = "Name the GPU model of a GPU-hour, or the language model of inference."


class MissingPrecision(UnderSpecified):
    """An FP4 operation is not a BF16 one: without precision a FLOP or token has no price."""

    field = "precision"
    hint = "State the arithmetic: BF16, FP8, FP16, FP32, FP4 or INT8."


class MissingBasis(UnderSpecified):
    """Data-sheet FLOPs and FLOPs a workload receives differ by more than a factor of two."""

    field = "basis"
    hint = "Say PEAK or DELIVERED."


class MissingLengthProfile(UnderSpecified):
    """Throughput depends on how long prompts and completions are."""

    field = "length profile"
    hint = "Give the benchmark's input_tokens and output_tokens."


class MissingQuantity(UnderSpecified):
    """Nothing says how much one whole token is."""

    field = "quantity"
    hint = "State GPU-seconds (3600 for a GPU-hour), FLOP or tokens per whole token."


class MissingFactor(UnderSpecified):
    """No factor, or a factor of zero."""

    field = "scu_per_token"
    hint = "Derive the factor by the published method and freeze it."


class MissingMethod(UnderSpecified):
    """Nothing says where the factor comes from."""

    field = "method_hash"
    hint = "Give the hash of the factor table, 32 bytes as 0x and 64 hex digits."


class MissingValidity(UnderSpecified):
    """A factor ages; a grade has to say until when it may be wrapped."""

    field = "valid_until"
    hint = "Give the time from which nothing more is wrapped, such as 2027-03-01T00:00:00Z."


class MissingDepositCap(UnderSpecified):
    """No limit to how much may be wrapped, or a limit of nothing."""

    field = "deposit_cap"
    hint = "State the most SCU that may be wrapped."


class OutOfPlace(BadTerms):
    """A field that means nothing for the denomination, and so may hide a mistake in it."""

    hint = "Leave the field out, or choose the denomination it belongs to."

    def __init__(self, field: str, denomination: str) -> None:
        self.field = field
        self.denomination = denomination
        super().__init__(f"{field} does not belong to terms in {denomination}")


class OutOfRange(BadTerms):
    """A number that is negative or too large for its place on chain."""

    hint = "Check the unit the field is in."

    def __init__(self, field: str, value: int, largest: int) -> None:
        self.field = field
        self.value = value
        self.largest = largest
        super().__init__(f"{field} is {value}, outside 0 to {largest}")


class FactorTooFine(BadTerms):
    """A factor with more decimals than are published."""

    hint = "Round the factor half-even to four decimals."

    def __init__(self, scu_per_token: int, step: int) -> None:
        self.scu_per_token = scu_per_token
        self.step = step
        super().__init__(f"factor {scu_per_token} is not a multiple of {step}")


class FloatInTerms(BadTerms):
    """A floating-point number: binary fractions are not the decimals that were written."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hint = f'Write it as text, in quotes: "{text}".'
        super().__init__(f"{text} is a floating-point number, which terms may not hold")


class UnknownWord(BadTerms):
    """A word that is not one of the choices, or a value of another type."""

    def __init__(self, field: str, value: object, choices: Iterable[str]) -> None:
        self.field = field
        self.value = value
        self.choices = tuple(choices)
        self.hint = f"Use one of: {', '.join(self.choices)}."
        super().__init__(f"{value!r} is no {field}")


class UnknownField(BadTerms):
    """A key that is no field of the terms, perhaps misspelt."""

    def __init__(self, name: str, fields: Iterable[str]) -> None:
        self.name = name
        self.fields = tuple(fields)
        self.hint = f"The fields are: {', '.join(self.fields)}."
        super().__init__(f"{name!r} is no field of a grade's terms")
