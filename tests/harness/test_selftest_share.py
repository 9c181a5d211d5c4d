"""A share of the self-test, so that no change lands that a whole one would find at once."""

from __future__ import annotations

import pytest

from slashv1.harness.commands import selftest
from slashv1.reference_server import DEFECTS, VARIANTS, Twist

EVERY = 8
"""One defect of so many, so that each family comes to be asked; `slashv1 selftest` asks all."""
PARTS = 4


def share() -> list[Twist]:
    twists = selftest.chosen(list(DEFECTS)[::EVERY] + list(VARIANTS))
    return selftest.drawable(twists, asked=False)


def test_the_share_holds_a_defect_of_every_large_family_and_every_variant() -> None:
    names = [twist.name for twist in share()]
    families = [twist.family for twist in DEFECTS.values()]
    asked = {twist.family for twist in share() if twist.caught_by}
    assert {family for family in families if families.count(family) >= EVERY} <= asked
    assert {name for name, twist in VARIANTS.items() if not twist.drawn} <= set(names)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_found_by_its_check_and_nothing_else_fires(part: int) -> None:
    verdicts = selftest.run(share()[part::PARTS])
    assert verdicts
    assert [verdict for verdict in verdicts if not verdict.good] == []
