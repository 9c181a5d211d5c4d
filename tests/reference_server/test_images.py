"""Images through the official client and raw."""

from __future__ import annotations

import base64
import struct

import openai
import pytest

from slashv1.reference_server.media import image, kind

PNG = ("dot.png", image("png", "16x16"), "image/png")


def decoded(entry) -> bytes:
    return base64.b64decode(entry.b64_json, validate=True)


def test_a_png_has_the_size_asked_for(client):
    given = client.images.generate(model="gpt-image-1-mini", prompt="A square", size="1024x1536", n=2)
    assert len(given.data) == 2
    assert struct.unpack_from(">II", decoded(given.data[0]), 16) == (1024, 1536)
    assert (given.size, given.output_format, given.background) == ("1024x1536", "png", "opaque")
    assert given.usage.total_tokens == given.usage.input_tokens + given.usage.output_tokens


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_the_format_is_the_one_asked_for(client, form):
    given = client.images.generate(model="gpt-image-1", prompt="A square", output_format=form)
    assert kind(decoded(given.data[0])) == form


def test_older_models_give_urls_or_base64(client):
    assert client.images.generate(model="dall-e-2", prompt="A square").data[0].url.startswith("https://")
    given = client.images.generate(model="dall-e-3", prompt="A square", response_format="b64_json").data[0]
    assert kind(decoded(given)) == "png"
    assert given.revised_prompt.startswith("A square")


def test_a_stream_has_the_partial_images_and_then_the_whole(client):
    stream = client.images.generate(model="gpt-image-1", prompt="A", stream=True, partial_images=2)
    events = list(stream)
    assert [event.type.split(".")[1] for event in events] == ["partial_image", "partial_image", "completed"]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    assert kind(decoded(events[-1])) == "png"


def test_images_are_edited_and_varied(client, http):
    edited = client.images.edit(model="gpt-image-1", image=[PNG, PNG], prompt="Blue", n=2)
    assert len(edited.data) == 2
    assert edited.usage.input_tokens_details.image_tokens == 2 * 2 * 194
    form = {"n": "2", "response_format": "b64_json"}
    varied = http.post("/images/variations", files={"image": PNG}, data=form).json()["data"]
    assert [kind(base64.b64decode(entry["b64_json"])) for entry in varied] == ["png", "png"]


def test_an_edit_can_name_its_images(http):
    url = f"data:image/png;base64,{base64.b64encode(PNG[1]).decode()}"
    asked = {"model": "gpt-image-1", "prompt": "Blue", "images": [{"image_url": url}]}
    assert http.post("/images/edits", json=asked).status_code == 200
    asked["images"] = [{"image_url": "data:image/png;base64,AAAA"}]
    error = http.post("/images/edits", json=asked).json()["error"]
    assert (error["code"], error["param"]) == ("invalid_image_file", "images[0].image_url")


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({"model": "no-such-model"}, "invalid_value", "model"),
        ({"model": "no-such-model", "response_format": "url"}, "unknown_parameter", "response_format"),
        ({"size": "3x3"}, "invalid_value", "size"),
        ({"quality": "best"}, "invalid_value", "quality"),
        ({"background": "grey"}, "invalid_value", "background"),
        ({"n": 11}, "integer_above_max_value", "n"),
        ({"prompt": 7}, "invalid_type", "prompt"),
        ({"model": "dall-e-3", "n": 2}, None, None),
    ],
)
def test_refusals(http, asked, code, param):
    answer = http.post("/images/generations", json={"model": "gpt-image-1", "prompt": "A square", **asked})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)


def test_a_file_that_is_no_image_is_refused(client):
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.edit(model="gpt-image-1", image=("a.png", b"no image"), prompt="Blue")
    assert (refused.value.code, refused.value.type) == ("invalid_image_file", "image_generation_user_error")


def test_a_number_in_a_form_must_be_one(http):
    answer = http.post("/images/edits", files={"image": PNG}, data={"prompt": "Blue", "n": "two"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_type")
