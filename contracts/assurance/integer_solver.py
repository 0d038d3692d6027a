"""Decides an SMT-LIB query of bit vectors: as arithmetic of integers first, by bits if that fails.

python contracts/assurance/integer_solver.py SECONDS QUERY.smt2

halmos runs this as its solver (`--solver-command`). As bits, a division of two unknowns of 256 bits
is a circuit too large to decide. As integers it is `n = d * q + r` with `r < d`. Every term becomes
an integer with known bounds, and wraps around only where its bounds allow it (after Zohar et al.
2022, "Bit-precise reasoning via int-blasting"). Any other term becomes an unknown of its width. The
integers then allow more than the bits, so a refutation of the integers holds for the bits. Yices
gets every other query and finds the counterexamples. Prints `unsat`, or the output of Yices.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import z3

_LESS: Final = {z3.Z3_OP_ULT, z3.Z3_OP_SLT}
_LESS_OR_EQUAL: Final = {z3.Z3_OP_ULEQ, z3.Z3_OP_SLEQ}
_MORE: Final = {z3.Z3_OP_UGT, z3.Z3_OP_SGT}
_MORE_OR_EQUAL: Final = {z3.Z3_OP_UGEQ, z3.Z3_OP_SGEQ}
_SIGNED: Final = {z3.Z3_OP_SLT, z3.Z3_OP_SLEQ, z3.Z3_OP_SGT, z3.Z3_OP_SGEQ}
_DIVISIONS: Final = {z3.Z3_OP_BUDIV, z3.Z3_OP_BUDIV_I}
_REMAINDERS: Final = {z3.Z3_OP_BUREM, z3.Z3_OP_BUREM_I}

_SUMS: Final = {z3.Z3_OP_BADD, z3.Z3_OP_BSUB}
_BITWISE: Final = {z3.Z3_OP_BAND, z3.Z3_OP_BOR, z3.Z3_OP_BXOR}

_WRAP_SECONDS: Final = 0.5
"""Time limit of the query whether a term can wrap around."""

# halmos leaves these functions uninterpreted in its first query. Here they have the meaning of the
# EVM, where division by zero gives zero.
_EVM_DIVISION: Final = "f_evm_bvudiv_"
_EVM_REMAINDER: Final = "f_evm_bvurem_"
_EVM_PRODUCT: Final = "f_evm_bvmul_"


@dataclass(frozen=True)
class Number:
    """An integer with known bounds, both inclusive."""

    value: z3.ArithRef
    least: int
    most: int


class Integers:
    """Translates terms of bit vectors to integers. `facts` are formulas that also have to hold."""

    def __init__(self, asserted: list[z3.BoolRef]) -> None:
        self.facts: list[z3.BoolRef] = []
        self._most = dict(filter(None, map(_known_bound, asserted)))
        self._numbers: dict[int, Number] = {}
        self._truths: dict[int, z3.BoolRef] = {}
        self._parts: dict[tuple[int, int, int], tuple[Number, Number]] = {}
        self._count = 0
        self.turns: list[z3.ArithRef] = []
        """How often each term that may wrap around does so; mostly 0."""

    def to_formula(self, term: z3.BoolRef) -> z3.BoolRef:
        """A formula over integers that holds whenever the term does."""
        key = term.get_id()
        if key not in self._truths:
            self._truths[key] = self._truth(term)
        return self._truths[key]

    def to_number(self, term: z3.BitVecRef) -> Number:
        """The unsigned value of a term."""
        key = term.get_id()
        if key not in self._numbers:
            self._numbers[key] = self._number(term)
        return self._numbers[key]

    def _truth(self, term: z3.BoolRef) -> z3.BoolRef:
        kind, parts = term.decl().kind(), term.children()
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return term
        if kind == z3.Z3_OP_NOT:
            return z3.Not(self.to_formula(parts[0]))
        if kind == z3.Z3_OP_AND:
            return z3.And(*map(self.to_formula, parts))
        if kind == z3.Z3_OP_OR:
            return z3.Or(*map(self.to_formula, parts))
        if kind == z3.Z3_OP_IMPLIES:
            return z3.Implies(*map(self.to_formula, parts))
        if kind == z3.Z3_OP_ITE:
            return z3.If(*map(self.to_formula, parts))
        if kind == z3.Z3_OP_EQ and z3.is_bool(parts[0]):
            return self.to_formula(parts[0]) == self.to_formula(parts[1])
        if parts and all(map(z3.is_bv, parts)):
            compared = self._compared(kind, parts)
            if compared is not None:
                return compared
        return self._unknown_truth()

    def _compared(self, kind: int, parts: list[z3.BitVecRef]) -> z3.BoolRef | None:
        a, b = map(self.to_number, parts)
        negative = 1 << (parts[0].size() - 1)
        if kind in _SIGNED and max(a.most, b.most) >= negative:
            return None
        if kind == z3.Z3_OP_EQ:
            return a.value == b.value
        if kind == z3.Z3_OP_DISTINCT:
            return a.value != b.value
        if kind in _LESS:
            return a.value < b.value
        if kind in _LESS_OR_EQUAL:
            return a.value <= b.value
        if kind in _MORE:
            return a.value > b.value
        if kind in _MORE_OR_EQUAL:
            return a.value >= b.value
        return None

    def _number(self, term: z3.BitVecRef) -> Number:
        kind, width = term.decl().kind(), term.size()
        if z3.is_bv_value(term):
            return _constant(term.as_long())
        if kind == z3.Z3_OP_UNINTERPRETED and not term.children():
            return self._unknown(self._most.get(term.get_id(), (1 << width) - 1))
        if kind == z3.Z3_OP_ITE:
            chosen = self.to_formula(term.arg(0))
            a, b = self.to_number(term.arg(1)), self.to_number(term.arg(2))
            value = z3.If(chosen, a.value, b.value)
            return Number(value, min(a.least, b.least), max(a.most, b.most))
        if kind == z3.Z3_OP_EXTRACT:
            high, low = term.params()
            if chosen := self._chosen(term.arg(0), (high, low)):
                return chosen
            return self._slice(self.to_number(term.arg(0)), high, low)
        if kind == z3.Z3_OP_ZERO_EXT:
            return self.to_number(term.arg(0))
        if kind == z3.Z3_OP_BXOR and (picked := self._picked(term)):
            return picked
        name = term.decl().name()
        parts = [self.to_number(each) for each in term.children() if z3.is_bv(each)]
        if len(parts) != term.num_args() or not parts:
            return self._unknown((1 << width) - 1)
        if kind == z3.Z3_OP_CONCAT:
            return _joined(parts, [each.size() for each in term.children()])
        if kind in _SUMS or _is_product(term):
            found = self._chosen(term) or self._unwrapped(term)
            return self._wrapped(found.value, found.least, found.most, width)
        if kind == z3.Z3_OP_BNOT:
            (a,), ones = parts, (1 << width) - 1
            return Number(ones - a.value, ones - a.most, ones - a.least)
        if kind in _BITWISE and len(parts) == 2:
            return self._bitwise(kind, *parts, width)
        if kind in _DIVISIONS | _REMAINDERS:
            quotient, rest = self._divided(*parts, width)
            return quotient if kind in _DIVISIONS else rest
        if name.startswith((_EVM_DIVISION, _EVM_REMAINDER)):
            quotient, rest = self._divided(*parts, width)
            found = quotient if name.startswith(_EVM_DIVISION) else rest
            return Number(z3.If(parts[1].value == 0, 0, found.value), 0, found.most)
        return self._unknown((1 << width) - 1)

    def _unwrapped(self, term: z3.BitVecRef) -> Number:
        """A number that is the term modulo 2^width: a sum of sums wraps around once, not each."""
        kind = term.decl().kind()
        parts = [self._part(each) for each in term.children()]
        found, *others = parts
        for each in others:
            if _is_product(term):
                found = _product(found, each)
            elif kind == z3.Z3_OP_BADD:
                bounds = found.least + each.least, found.most + each.most
                found = Number(found.value + each.value, *bounds)
            else:
                bounds = found.least - each.most, found.most - each.least
                found = Number(found.value - each.value, *bounds)
        return found

    def _part(self, term: z3.BitVecRef) -> Number:
        """A part of a sum or product, which need not be within the width itself."""
        is_linear = term.decl().kind() in _SUMS or (
            _is_product(term) and any(map(z3.is_bv_value, term.children()))
        )
        if is_linear and _gate(term) is None:
            return self._unwrapped(term)
        return _signed(self.to_number(term), term.size())

    def _chosen(self, term: z3.BitVecRef, bits: tuple[int, int] | None = None) -> Number | None:
        """A product with one or zero, or bits of it: those of the other factor, or zero."""
        gate = _gate(term, bits)
        if gate is None:
            return None
        condition, other = gate
        found = self.to_number(other)
        return Number(z3.If(self.to_formula(condition), found.value, 0), 0, found.most)

    def _picked(self, term: z3.BitVecRef) -> Number | None:
        """x ^ ((x ^ y) * [condition]), which is how a choice is written without a jump."""
        if term.num_args() != 2:
            return None
        for plain, product in (term.children(), reversed(term.children())):
            gate = _gate(product)
            if gate is None and product.decl().kind() == z3.Z3_OP_EXTRACT:
                gate = _gate(product.arg(0), tuple(product.params()))
            other = None if gate is None else _without(plain, gate[1])
            if gate is None or other is None:
                continue
            a, b = self.to_number(other), self.to_number(plain)
            value = z3.If(self.to_formula(gate[0]), a.value, b.value)
            return Number(value, min(a.least, b.least), max(a.most, b.most))
        return None

    def _bitwise(self, kind: int, a: Number, b: Number, width: int) -> Number:
        """An unknown within what its operands allow."""
        if kind == z3.Z3_OP_BAND:
            found = self._unknown(min(a.most, b.most))
            self.facts += [found.value <= a.value, found.value <= b.value]
            return found
        found = self._unknown(min(a.most + b.most, (1 << width) - 1))
        self.facts.append(found.value <= a.value + b.value)
        for left, right in ((a, b), (b, a)):
            least = left.value if kind == z3.Z3_OP_BOR else left.value - right.value
            self.facts += [
                found.value >= least,
                z3.Implies(left.value == 0, found.value == right.value),
            ]
        return found

    def _divided(self, n: Number, d: Number, width: int) -> tuple[Number, Number]:
        # Only the result of a division by zero depends on the width.
        key = n.value.get_id(), d.value.get_id(), 0 if d.least > 0 else width
        if key not in self._parts:
            everything = (1 << width) - 1
            if d.least > 0:
                quotient = self._unknown(n.most // d.least)
                rest = self._unknown(min(n.most, d.most - 1))
            else:
                # By zero: all ones, and the number itself (SMT-LIB, QF_BV).
                quotient, rest = self._unknown(everything), self._unknown(n.most)
                by_zero = z3.And(quotient.value == everything, rest.value == n.value)
                self.facts.append(z3.Implies(d.value == 0, by_zero))
            sound = z3.And(n.value == d.value * quotient.value + rest.value, rest.value < d.value)
            self.facts.append(sound if d.least > 0 else z3.Implies(d.value > 0, sound))
            # Follows, but from a product of two unknowns.
            self.facts.append(z3.Implies(n.value < d.value, quotient.value == 0))
            self._parts[key] = quotient, rest
        return self._parts[key]

    def _slice(self, whole: Number, high: int, low: int) -> Number:
        shifted = whole
        if low:
            shifted, _ = self._divided(whole, _constant(1 << low), high + 1)
        size = high - low + 1
        if shifted.most < 1 << size:
            return shifted
        return self._divided(shifted, _constant(1 << size), high + 1)[1]

    def _wrapped(self, value: z3.ArithRef, least: int, most: int, width: int) -> Number:
        """The value modulo 2^width; the value itself if its bounds are within the width."""
        around = 1 << width
        if least >= 0 and most < around:
            return Number(value, least, most)
        turns = z3.Int(self._name())
        found = self._unknown(around - 1)
        self.turns.append(turns)
        self.facts += [turns >= least // around, turns <= most // around]
        self.facts.append(value == found.value + around * turns)
        return found

    def _unknown(self, most: int) -> Number:
        value = z3.Int(self._name())
        self.facts += [value >= 0, value <= most]
        return Number(value, 0, most)

    def _unknown_truth(self) -> z3.BoolRef:
        return z3.Bool(self._name())

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"


def _constant(value: int) -> Number:
    return Number(z3.IntVal(value), value, value)


def _signed(number: Number, width: int) -> Number:
    """A constant of the upper half as a negative number, for sums and products."""
    if number.least == number.most >= 1 << (width - 1):
        return _constant(number.most - (1 << width))
    return number


def _is_product(term: z3.BitVecRef) -> bool:
    decl = term.decl()
    return bool(decl.kind() == z3.Z3_OP_BMUL or decl.name().startswith(_EVM_PRODUCT))


def _product(a: Number, b: Number) -> Number:
    corners = [x * y for x in (a.least, a.most) for y in (b.least, b.most)]
    return Number(a.value * b.value, min(corners), max(corners))


def _gate(
    term: z3.BitVecRef, bits: tuple[int, int] | None = None
) -> tuple[z3.BoolRef, z3.BitVecRef] | None:
    """The condition and the other factor, or bits of it, of a product with one or zero."""
    if not _is_product(term) or term.num_args() != 2:
        return None
    for factor, other in (term.children(), reversed(term.children())):
        condition = _one_if(factor)
        if condition is not None:
            return condition, z3.simplify(z3.Extract(*bits, other)) if bits else other
    return None


def _one_if(term: z3.BitVecRef) -> z3.BoolRef | None:
    """The condition under which a term is one, and else zero; None for any other term."""
    if term.decl().kind() != z3.Z3_OP_ITE or not all(map(z3.is_bv_value, term.children()[1:])):
        return None
    condition, then, otherwise = term.children()
    values = then.as_long(), otherwise.as_long()
    return {(1, 0): condition, (0, 1): z3.Not(condition)}.get(values)


def _without(part: z3.BitVecRef, term: z3.BitVecRef) -> z3.BitVecRef | None:
    """The other operand of an exclusive or of two, of which one is `part`."""
    if term.decl().kind() != z3.Z3_OP_BXOR or term.num_args() != 2:
        return None
    for left, right in (term.children(), reversed(term.children())):
        if left.eq(part):
            return right
    return None


def _joined(parts: list[Number], sizes: list[int]) -> Number:
    value, least, most = z3.IntVal(0), 0, 0
    for part, size in zip(parts, sizes, strict=True):
        value, least, most = value * (1 << size) + part.value, least << size, most << size
        least, most = least + part.least, most + part.most
    return Number(z3.simplify(value), least, most)


def _known_bound(asserted: z3.BoolRef) -> tuple[int, int] | None:
    """The id and the maximum of an unknown of a narrow type; None for any other assertion.

    halmos asserts that such an unknown equals its own lower bits.
    """
    if not z3.is_eq(asserted) or not z3.is_bv(asserted.arg(0)):
        return None
    for name, padded in (asserted.children(), reversed(asserted.children())):
        if not z3.is_const(name) or padded.decl().kind() != z3.Z3_OP_CONCAT:
            continue
        zero, lower = padded.arg(0), padded.arg(padded.num_args() - 1)
        if padded.num_args() != 2 or not z3.is_bv_value(zero) or zero.as_long() != 0:
            continue
        if lower.decl().kind() == z3.Z3_OP_EXTRACT and lower.arg(0).eq(name):
            return name.get_id(), (1 << lower.size()) - 1
    return None


def is_refuted(query: str, seconds: float) -> bool:
    """Whether the assertions of an SMT-LIB query contradict each other.

    False also when this is not decided within `seconds`.
    """
    asserted = list(z3.parse_smt2_string(query))
    integers = Integers(asserted)
    formulas = [integers.to_formula(each) for each in asserted]
    known = [*integers.facts, *formulas]
    # A term that cannot wrap around needs no unknown for its value.
    known += [
        turns == 0 for turns in integers.turns if _refutes([*known, turns != 0], _WRAP_SECONDS)
    ]
    return _refutes(known, seconds)


def _refutes(formulas: list[z3.BoolRef], seconds: float) -> bool:
    solver = z3.Then("simplify", "propagate-values", "solve-eqs", "smt").solver()
    solver.set("timeout", round(seconds * 1000))
    solver.add(*formulas)
    return bool(solver.check() == z3.unsat)


def main() -> int:
    """Decide the query of the command line. Exit code 0 when refuted, else that of Yices."""
    seconds, query = float(sys.argv[1]), Path(sys.argv[2])
    if is_refuted(query.read_text(), seconds):
        print("unsat")
        return 0
    by_bits = ["yices-smt2", "--smt2-model-format", "--bvconst-in-decimal"]
    limit = f"--timeout={round(seconds)}"
    return subprocess.run([*by_bits, limit, query]).returncode  # noqa: S603 - halmos's own solver


if __name__ == "__main__":
    sys.exit(main())
