"""Models: the list, one of them, and ids that are not plain."""

from __future__ import annotations

import openai
import pytest


def test_every_listed_model_can_be_retrieved_alike(client):
    listed = client.models.list().data
    assert len(listed) > 50
    for model in listed[::10]:
        assert client.models.retrieve(model.id) == model


def test_model_object_has_exactly_four_keys(http):
    for model in http.get("/models").json()["data"]:
        assert list(model) == ["id", "object", "created", "owned_by"]


@pytest.mark.parametrize("name", ["no-such-model", "org/no.such:model", "a/b/c"])
def test_unknown_model_is_a_404_with_param(client, name):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve(name)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
