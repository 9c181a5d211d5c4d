"""What api.openai.com really sent: the client reads it all, and the checks object to nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from slashv1.harness.audit import operation_of
from slashv1.harness.judge.engine import judge_all
from slashv1.harness.judge.sdk_reading import ARGUMENTS
from slashv1.harness.plan import with_sdk
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Recorded, case_of, read_lines
from slashv1.matrix import load_profile
from slashv1.record import Outcome
from tests.spec.evidence import evidence

pytest.importorskip("openai", reason="the extra `sdk` is not installed")


@pytest.mark.evidence
def test_the_client_reads_every_genuine_exchange_of_phase_1() -> None:
    alone = {"*": "off", "sdk.*": "MUST"}  # nothing may be hidden behind another check's objection
    profile = replace(with_sdk(load_profile("openai")), levels=alone)
    outcomes: Counter[tuple[str, Outcome]] = Counter()
    objections = []
    for record in read_lines(evidence("openai.jsonl.gz")):
        assert isinstance(record, Recorded)
        request = record.exchange.request
        operation = operation_of(request.method, request.path)
        if operation is None or operation.name not in ARGUMENTS:
            continue
        case = case_of(record, operation)
        for result in judge_all(Reading(case, record.exchange, asked=record.asked), profile):
            outcomes[result.check, result.outcome] += 1
            objections += [(record.line, finding) for finding in result.findings]
            assert result.outcome is not Outcome.ERROR, result.cause
    assert objections == []
    passed = {check: number for (check, outcome), number in outcomes.items() if outcome is Outcome.PASSED}
    assert passed["sdk.reads"] > 3_000
    assert passed["sdk.raises"] > 1_000
    assert passed["sdk.stream.iterates"] > 700
    assert passed["sdk.stream.accumulates"] > 700
    assert set(passed) == {check for check, _ in outcomes}
