"""`GradeTerms.grade_id` against `GradeRegistry.gradeIdOf`, on random terms."""

from random import Random
from string import printable
from typing import Final

import pytest

from pargrade.deployment.grade_terms import listed_terms
from pargrade.grade.terms import FACTOR_STEP, Basis, Denomination, GradeTerms, Kind, Precision
from pargrade.units import Scu
from tests.support.venue import Venue

pytestmark = pytest.mark.full

CASES: Final = 10_000
NOW: Final = 1_772_582_400
LETTERS: Final = printable + "äßéλ中🖥"


def _text(random: Random) -> str:
    return "".join(random.choices(LETTERS, k=random.randint(1, random.choice((5, 31, 32, 33, 90)))))


def _number(random: Random, bits: int) -> int:
    return random.randint(1, 2 ** random.randint(1, bits) - 1)


def _terms(random: Random) -> GradeTerms:
    denomination = random.choice([d for d in Denomination if d])
    is_flop, is_inference = (
        denomination is Denomination.FLOP,
        denomination is Denomination.INFERENCE,
    )
    return GradeTerms(
        network=_text(random),
        token="0x" + random.randbytes(20).hex(),
        decimals=random.randint(0, 36),
        kind=random.choice([k for k in Kind if k]),
        denomination=denomination,
        model="" if is_flop else _text(random),
        precision=random.choice([p for p in Precision if p])
        if is_flop or is_inference
        else Precision.NONE,
        basis=random.choice([b for b in Basis if b]) if is_flop else Basis.NONE,
        input_tokens=_number(random, 32) if is_inference else 0,
        output_tokens=_number(random, 32) if is_inference else 0,
        quantity=_number(random, 256),
        scu_per_token=Scu(_number(random, 81) * FACTOR_STEP),
        method_hash=random.randbytes(32),
        valid_until=_number(random, 40),
        deposit_cap=Scu(_number(random, 128)),
    )


def test_grade_id__ten_thousand_random_terms__python_equals_bytecode():
    random = Random(20_260_310)
    registry = Venue(NOW).registry
    seen = set()
    for _ in range(CASES):
        terms = _terms(random)
        grade_id = terms.grade_id
        assert registry.grade_id_of(listed_terms(terms), block=NOW) == grade_id
        seen.add(grade_id)
    assert len(seen) == CASES
