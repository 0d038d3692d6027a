"""How the command line says what counts and what converts it to SCU."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Annotated

import typer

from bridge.hedge.exposure.choices import completion_tokens, gpu_hours, spend
from bridge.hedge.exposure.exposure import UsageChoice
from bridge.hedge.exposure.rates import Rate, measured_rate
from bridge.hedge.readers.numbers import parse_amount
from bridge.hedge.readers.usage import Measure, Refused, Subject
from pargrade.errors import PargradeError


class By(Enum):
    """What is converted."""

    TOKENS = "tokens"
    GPU_HOURS = "gpu-hours"
    ACTIVE = "active-gpu-hours"
    SPEND = "spend"


class BadOption(PargradeError):
    """Options that do not say how to convert."""

    def __init__(self, why: str, hint: str) -> None:
        self.hint = hint
        super().__init__(why)


ByWhat = Annotated[By, typer.Option("--by", help="What is converted to SCU.")]
Hardware = Annotated[
    str, typer.Option(metavar="GPU", help="Hardware of the GPU-hours.", show_default="as stated")
]
Price = Annotated[
    str, typer.Option("--price", metavar="USD", help="What one SCU costs, for spend.")
]
PromptRate = Annotated[
    str, typer.Option(metavar="N", help="Prompt tokens a second on one par GPU, as you measured.")
]
CompletionRate = Annotated[
    str, typer.Option(metavar="N", help="The same of completion tokens; replaces the benchmark.")
]
RateBand = Annotated[
    str, typer.Option(metavar="PERCENT", help="How far the measured rates may be off.")
]
AsBenchmark = Annotated[
    bool, typer.Option("--as-benchmark", help="Take every model's tokens for the benchmark's.")
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="FIELD=TEXT", help="Only this team, model, hardware, service."),
]


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """The options, as they were written."""

    by: ByWhat = By.TOKENS
    hardware: Hardware = ""
    price: Price = ""
    prompt_rate: PromptRate = ""
    completion_rate: CompletionRate = ""
    rate_band: RateBand = "0"
    as_benchmark: AsBenchmark = False
    where: Where = None

    def choice(self) -> UsageChoice:
        """What counts and what converts it. Raises BadOption."""
        where = _filters(self.where or [])
        match self.by:
            case By.SPEND:
                return spend(_number(self.price, "--price", "what one SCU costs"), where)
            case By.GPU_HOURS | By.ACTIVE:
                return gpu_hours(where, hardware=self.hardware, active=self.by is By.ACTIVE)
            case By.TOKENS:
                return self._of_tokens(where)

    def _of_tokens(self, where: dict[str, str]) -> UsageChoice:
        if not self.completion_rate:
            if self.prompt_rate:
                raise BadOption("a prompt rate without a completion rate", "Give both rates.")
            return completion_tokens(where, as_benchmark=self.as_benchmark)
        rates = {Measure.COMPLETION_TOKENS: self._measured(Measure.COMPLETION_TOKENS)}
        if self.prompt_rate:
            rates[Measure.PROMPT_TOKENS] = self._measured(Measure.PROMPT_TOKENS)
        return UsageChoice(tuple(rates), lambda key: rates[key.measure], where)

    def _measured(self, measure: Measure) -> Rate:
        is_prompt = measure is Measure.PROMPT_TOKENS
        text = self.prompt_rate if is_prompt else self.completion_rate
        name = "--prompt-rate" if is_prompt else "--completion-rate"
        rate = _number(text, name, "tokens a second")
        off = _number(self.rate_band, "--rate-band", "percent") / 100
        if off >= 1:
            raise BadOption("a band of 100 % or more", "Give less than 100.")
        return measured_rate(measure, rate, (rate * (1 - off), rate * (1 + off)))


def _number(text: str, option: str, what: str) -> Fraction:
    if not text:
        raise BadOption(f"{option} is missing", f"Give {option}, {what}.")
    try:
        return Fraction(parse_amount(text))
    except Refused as refused:
        raise BadOption(f"{option}: {refused}", f"Give {what} as a plain number.") from None


def _filters(texts: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in Subject._fields:
            fields = ", ".join(Subject._fields)
            raise BadOption(f"--where {text!r} names no field", f"Write FIELD=TEXT of {fields}.")
        found[name] = value
    return found
