"""The solver of the proofs never refutes assertions that hold for known values."""

import subprocess
import sys

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.assurance import integer_solver as solve

pytestmark = pytest.mark.full

WIDTHS = (8, 16, 64, 256)


def zero(a):
    return z3.BitVecVal(0, a.size())


def unity(a):
    return z3.BitVecVal(1, a.size())


OPERATIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": z3.UDiv,
    "rem": z3.URem,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "not": lambda a, b: ~a,
    "gate": lambda a, b: a * z3.If(z3.ULE(a, b), zero(a), unity(a)),
    "least": lambda a, b: b ^ ((a ^ b) * z3.If(z3.ULT(a, b), unity(a), zero(a))),
    "shift": z3.LShR,
    "high": lambda a, b: z3.Concat(z3.Extract(a.size() - 1, 4, a), z3.Extract(3, 0, b)),
    "choose": lambda a, b: z3.If(z3.ULT(a, b), a - b, a / z3.BitVecVal(3, a.size())),
    "signed": lambda a, b: z3.If(a < b, a, b),
}
COMPARISONS = (z3.ULT, z3.ULE, z3.UGT, z3.UGE, lambda a, b: a < b, lambda a, b: a != b)


@st.composite
def situations(draw):
    """Unknowns with values, a term over them, and the value it has."""
    width = draw(st.sampled_from(WIDTHS))
    edge = st.sampled_from((0, 1, 2, (1 << width) - 1, 1 << (width - 1)))
    number = st.one_of(edge, st.integers(0, (1 << width) - 1), st.integers(0, 255))
    unknowns = [z3.BitVec(f"x{n}", width) for n in range(3)]
    values = [z3.BitVecVal(draw(number), width) for _ in unknowns]
    pool = [*unknowns, z3.BitVecVal(draw(number), width)]
    for _ in range(draw(st.integers(1, 5))):
        operation = OPERATIONS[draw(st.sampled_from(sorted(OPERATIONS)))]
        pool.append(operation(draw(st.sampled_from(pool)), draw(st.sampled_from(pool))))
    return unknowns, values, pool


def script(*asserted: z3.BoolRef) -> str:
    """The assertions as halmos writes them down."""
    solver = z3.Solver()
    solver.add(*asserted)
    return solver.to_smt2()


def valued(term, unknowns, values):
    return z3.simplify(z3.substitute(term, *zip(unknowns, values, strict=True)))


@settings(max_examples=300, deadline=None)
@given(situations(), st.data())
def test_is_refuted__of_what_holds_for_some_values__never(situation, data):
    unknowns, values, pool = situation
    asserted = [x == value for x, value in zip(unknowns, values, strict=True)]
    asserted += [term == valued(term, unknowns, values) for term in pool]
    compare = data.draw(st.sampled_from(COMPARISONS))
    a, b = (data.draw(st.sampled_from(pool)) for _ in range(2))
    holds = compare(a, b)
    asserted.append(holds if z3.is_true(valued(holds, unknowns, values)) else z3.Not(holds))
    assert not solve.is_refuted(script(*asserted), 2)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_is_refuted__without_the_values_that_make_it_hold__never_either(situation):
    unknowns, values, pool = situation
    asserted = [term == valued(term, unknowns, values) for term in pool[4:]]
    assert not solve.is_refuted(script(*asserted), 1)


def narrow(name: str, width: int) -> tuple[z3.BitVecRef, z3.BoolRef]:
    """An unknown of a narrow type in a word, as halmos states it."""
    word = z3.BitVec(name, 256)
    padded = z3.Concat(z3.BitVecVal(0, 256 - width), z3.Extract(width - 1, 0, word))
    return word, word == padded


@pytest.mark.parametrize("name", ["f_evm_bvudiv_256", "f_evm_bvurem_256", "f_evm_bvmul_256"])
def test_is_refuted__what_halmos_leaves_without_a_meaning__has_that_of_the_evm(name):
    a, of_a = narrow("a", 64)
    b, of_b = narrow("b", 64)
    evm = z3.Function(name, *[z3.BitVecSort(256)] * 3)
    # Zero divides everything into nothing, and leaves nothing.
    assert solve.is_refuted(script(of_a, of_b, b == 0, evm(a, b) != 0), 5)
    assert not solve.is_refuted(script(of_a, of_b, b == 3, a == 14, evm(a, b) != 0), 5)
    real = {
        "f_evm_bvudiv_256": z3.UDiv(a, b),
        "f_evm_bvurem_256": z3.URem(a, b),
        "f_evm_bvmul_256": a * b,
    }[name]
    assert solve.is_refuted(script(of_a, of_b, b != 0, evm(a, b) != real), 5)


def test_is_refuted__division_by_zero_at_two_widths__each_has_its_own_all_ones():
    a, b = z3.BitVecs("a b", 8)
    wide = z3.UDiv(z3.ZeroExt(8, a), z3.ZeroExt(8, b))
    assert not solve.is_refuted(script(b == 0, z3.UDiv(a, b) == 0xFF, wide == 0xFFFF), 5)


def test_is_refuted__rounding_down_at_full_width__at_once():
    # What yices does not decide in minutes, and why this solver is there.
    units, of_units = narrow("units", 128)
    factor, of_factor = narrow("factor", 128)
    paid = z3.UDiv(units * 10**6, factor)
    too_much = z3.UGT(paid * factor, units * 10**6)
    assert solve.is_refuted(script(of_units, of_factor, factor != 0, too_much), 10)
    too_little = z3.UGE(paid * factor, units * 10**6)
    assert not solve.is_refuted(script(of_units, of_factor, factor != 0, too_little), 2)


def test_command__refuted__says_unsat(tmp_path):
    x, of_x = narrow("x", 32)
    query = tmp_path / "query.smt2"
    query.write_text(script(of_x, z3.UGT(x, 1 << 40)))
    command = [sys.executable, solve.__file__, "5", str(query)]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "unsat\n"
