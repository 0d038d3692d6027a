"""Every hint is made from the evidence of its own error."""

from dataclasses import fields

import pytest

from pargrade.bindings import errors as refused
from pargrade.deployment import revert_hints as hints


@pytest.mark.parametrize("kind", hints.HINTS, ids=lambda kind: kind.__name__)
def test_hint__any_error_that_has_one__names_only_fields_the_error_has(kind):
    evidence = {field.name: "-" for field in fields(kind)}
    hint = hints.HINTS[kind].format(**evidence)
    assert hint.endswith(".")
    assert "{" not in hint


def test_explained__order_cancelled_by_epoch__says_what_to_ask_for():
    refusal = hints.explained(refused.FuturesExchangeEpochOver(epoch=2, current=5))
    assert "below epoch 5" in refusal.hint


def test_explained__arrival_held_back__says_until_when_in_utc():
    refusal = hints.explained(refused.InboundIsDelayed(until=1_772_582_400))
    assert "2026-03-04 00:00 UTC" in refusal.hint
