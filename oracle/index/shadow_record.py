"""Shadow records: a new version of the method measured against the current one.

A record is a file beside the method file: method-2.json has method-2.shadow.json. It holds the
measurements and the limits. The verdict is derived from these again whenever it is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pargrade.canonical import FloatRefused, TooDeep, content_hash, read_json
from pargrade.errors import PargradeError

FIRST_VERSION: Final = 1

SCHEMA: Final = "pargrade-shadow-1"


class NotShadowed(PargradeError):
    """A later version of the method whose shadow record is missing, damaged or has objections."""

    hint = "Run it beside the version before: pargrade index shadow OLD NEW --record FILE."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path.name} may not be used: {why}")


class ShadowObjects(NotShadowed):
    """A later version whose shadow record is whole, and says that it moves an index too far."""

    hint = (
        "It may found an index of its own: give its hash (pargrade index methods) to a committee's "
        "contract when that is deployed, and to no contract that has had another."
    )


@dataclass(frozen=True, slots=True)
class MoveLimits:
    """How far a new version may move an index; stated in the method file of the version before."""

    min_hours: int
    """An index with a value in fewer hours is reported but not judged."""
    max_median_ppm: int
    max_difference_ppm: int
    max_changed_ppm: int
    """Largest part of the hours with a value in one version only, or with two states."""

    def to_json(self) -> dict[str, Any]:
        """The limits as JSON values, in the form of `shadow` in a method file."""
        return {field: getattr(self, field) for field in self.__slots__}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MoveLimits":
        """The limits of a method file or of a record."""
        return cls(**{field: int(values[field]) for field in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Comparison:
    """The values of two versions for one index, compared at one instant per hour."""

    index: str
    hours: int
    both: int
    """Hours in which both versions have a value to report."""
    old_only: int
    new_only: int
    neither: int
    state_differs: int
    """Of the hours with both, those in which one is live and the other thin."""
    median_ppm: int
    """Lower median over `both` of |new / old - 1|, in millionths of the lower value."""
    largest_ppm: int
    largest_at: int
    """The first instant of the largest difference, unix seconds; 0 without any hour in both."""

    def judged(self, limits: MoveLimits) -> bool:
        """Whether the old version had a value in enough hours to compare with."""
        return self.both + self.old_only >= limits.min_hours

    def objections(self, limits: MoveLimits) -> tuple[str, ...]:
        """Which limits this index exceeds, as text; empty when it exceeds none."""
        if not self.judged(limits):
            return ()
        changed = self.old_only + self.new_only + self.state_differs
        tests = (
            (self.median_ppm > limits.max_median_ppm, f"median {self.median_ppm} ppm"),
            (self.largest_ppm > limits.max_difference_ppm, f"largest {self.largest_ppm} ppm"),
            (changed * 10**6 > limits.max_changed_ppm * self.hours, f"{changed} hours changed"),
        )
        return tuple(f"{self.index}: {what}" for fails, what in tests if fails)

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {field: getattr(self, field) for field in self.__slots__}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Comparison":
        """The comparison of its JSON values."""
        figures = {field: int(values[field]) for field in cls.__slots__ if field != "index"}
        return cls(index=str(values["index"]), **figures)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions."""

    version: int
    document_hash: str
    """Hash of the method file's constants alone; records are matched by it."""
    method_hash: str
    """Hash that also covers the run's factor table and venue classes; observations carry it."""


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """Two versions compared over one history."""

    old: Side
    new: Side
    since: int
    until: int
    """First and last instant compared, unix seconds."""
    panel: Mapping[str, Any]
    sample_hash: str
    limits: MoveLimits
    indices: tuple[Comparison, ...]

    @property
    def objections(self) -> tuple[str, ...]:
        """Every reason against the new version, as text.

        The first index has to be judged, because futures settle on it.
        """
        found = [why for each in self.indices for why in each.objections(self.limits)]
        if not self.indices or not self.indices[0].judged(self.limits):
            found.append("too few hours with a value to judge the first index")
        return tuple(found)

    def body(self) -> dict[str, Any]:
        """The record as JSON values, without its hash."""
        return {
            "schema": SCHEMA,
            "old": {field: getattr(self.old, field) for field in Side.__slots__},
            "new": {field: getattr(self.new, field) for field in Side.__slots__},
            "since": self.since,
            "until": self.until,
            "panel": dict(self.panel),
            "sample_hash": self.sample_hash,
            "limits": self.limits.to_json(),
            "indices": [each.to_json() for each in self.indices],
        }

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values, with the hash of its body."""
        return self.body() | {"record_hash": _hash_text(self.body())}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ShadowRecord":
        """The record of its JSON values. Raises KeyError, TypeError or ValueError if damaged."""
        record = cls(
            old=Side(**values["old"]),
            new=Side(**values["new"]),
            since=int(values["since"]),
            until=int(values["until"]),
            panel=dict(values["panel"]),
            sample_hash=str(values["sample_hash"]),
            limits=MoveLimits.from_json(values["limits"]),
            indices=tuple(Comparison.from_json(each) for each in values["indices"]),
        )
        if record.to_json() != values:
            raise ValueError("its hash is not that of its content")
        return record


def record_path(method: Path) -> Path:
    """Where the shadow record of a method file is kept."""
    return method.with_suffix(".shadow.json")


def document_hash(document: dict[str, Any]) -> str:
    """Hash of a method file's constants: 32 bytes as hexadecimal."""
    return _hash_text(document)


def followed_version(document: Mapping[str, Any]) -> int:
    """The version that a method would follow: the one before it, unless it states another."""
    return int(document.get("follows", int(document["version"]) - 1))


def require_shadowed(document: dict[str, Any], method: Path) -> None:
    """Raise NotShadowed for a version after the first that may not follow the one before it.

    The record must be undamaged, be of this document and of the version it follows (whose file lies
    beside it), use that file's limits, cover that file's indices, and have no objection. Where only
    the last is not so, what is raised is ShadowObjects.
    """
    version = int(document["version"])
    if version == FIRST_VERSION:
        return
    record = _read_record(method)
    before = method.with_name(f"method-{followed_version(document)}.json")
    try:
        old = read_json(before.read_bytes())
    except OSError as failure:
        raise NotShadowed(method, f"{before.name}: {failure.strerror}") from None
    if record.new.document_hash != document_hash(document):
        raise NotShadowed(method, "its shadow record is of another document")
    if record.old.document_hash != document_hash(old):
        raise NotShadowed(method, f"its shadow record did not run beside {before.name}")
    if record.limits != MoveLimits.from_json(old["shadow"]):
        raise NotShadowed(method, f"its shadow record has other limits than {before.name}")
    compared = {each.index for each in record.indices}
    if left_out := {row["index"] for row in old["indices"]} - compared:
        raise NotShadowed(method, f"its shadow record leaves out {', '.join(sorted(left_out))}")
    if record.objections:
        raise ShadowObjects(method, "; ".join(record.objections))


def _read_record(method: Path) -> ShadowRecord:
    path = record_path(method)
    try:
        return ShadowRecord.from_json(read_json(path.read_bytes()))
    except FileNotFoundError:
        raise NotShadowed(method, "it has no shadow record") from None
    except (KeyError, TypeError, ValueError, FloatRefused, TooDeep) as failure:
        raise NotShadowed(method, f"its shadow record is damaged: {failure}") from None


def _hash_text(value: Any) -> str:
    return "0x" + content_hash(value).hex()
