"""Moderations through the official client and raw."""

from __future__ import annotations

import pytest

KILL = "I want to kill them all."
PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}


def test_each_text_has_a_result(client):
    results = client.moderations.create(input=["Have a great day!", KILL]).results
    assert [result.flagged for result in results] == [False, True]
    assert results[1].categories.violence
    assert results[1].category_scores.violence > 0.5


def test_parts_are_judged_together_and_say_what_was_looked_at(client):
    (result,) = client.moderations.create(input=[{"type": "text", "text": "Hi."}, PICTURE]).results
    assert result.category_applied_input_types.violence == ["text", "image"]
    assert result.category_applied_input_types.hate == ["text"]


def test_a_picture_alone_is_judged_by_few_categories(client):
    (result,) = client.moderations.create(input=[PICTURE]).results
    assert result.category_applied_input_types.hate == []
    assert result.category_scores.hate == 0.0


def test_the_older_models_know_fewer_categories(http):
    answer = http.post("/moderations", json={"input": KILL, "model": "text-moderation-latest"}).json()
    assert answer["model"] == "text-moderation-007"
    assert "illicit" not in answer["results"][0]["categories"]
    assert "category_applied_input_types" not in answer["results"][0]


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({}, "missing_required_parameter", "input"),
        ({"input": []}, "empty_array", "input"),
        ({"input": 7}, "invalid_type", "input"),
        ({"input": ["a", PICTURE]}, "invalid_type", "input"),
        ({"input": [{"type": "smell"}]}, "invalid_value", "input[0].type"),
        ({"input": [PICTURE], "model": "text-moderation-latest"}, "invalid_value", "input"),
        ({"input": "a", "model": "no-such-model"}, None, None),
    ],
)
def test_refusals(http, asked, code, param):
    answer = http.post("/moderations", json=asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
