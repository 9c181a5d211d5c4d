"""Every defect of the header signals is found by its check alone; every legal variant by none."""

from __future__ import annotations

import pytest

from slashv1.harness.commands.selftest import run_one
from slashv1.reference_server import DEFECTS, VARIANTS

OWN = [twist for twist in (*DEFECTS.values(), *VARIANTS.values()) if twist.profile == "zumik"]


def test_each_names_the_cases_that_show_it() -> None:
    assert [twist.name for twist in OWN if twist.caught_by and not twist.cases] == []


@pytest.mark.parametrize("twist", [twist for twist in OWN if twist.cases], ids=lambda twist: twist.name)
def test_it_is_found_by_its_check_and_by_no_other(twist, zumik_url: str) -> None:
    said = run_one(twist, zumik_url.removesuffix("/v1"))
    assert (said.caught, said.wrong) == (True, ())


@pytest.mark.slow
@pytest.mark.parametrize("twist", [twist for twist in OWN if not twist.cases], ids=lambda twist: twist.name)
def test_a_variant_of_all_cases_is_objected_to_by_none(twist, zumik_url: str) -> None:
    assert run_one(twist, zumik_url.removesuffix("/v1")).wrong == ()
