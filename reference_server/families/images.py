"""Images: generations, edits and variations."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.catalog import Model
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.forms import form, typed
from slashv1.reference_server.image_rules import check_pictures, check_references, check_uploads
from slashv1.reference_server.images import frames, is_older, pictures
from slashv1.reference_server.wire import Answer, Call

GENERATE, EDIT, VARY = "images.generate", "images.edit", "images.create_variation"
ROUTES = (
    Route(GENERATE, "POST", "/v1/images/generations"),
    Route(EDIT, "POST", "/v1/images/edits"),
    Route(VARY, "POST", "/v1/images/variations"),
)
_FILES = ("image", "mask")


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {GENERATE: _generate, EDIT: _edit, VARY: _vary}


async def _generate(call: Call) -> Answer:
    asked = json_object(call)
    return _answer(GENERATE, asked, check_pictures(GENERATE, asked), "image_generation")


async def _edit(call: Call) -> Answer:
    if call.headers.get("content-type", "").lower().startswith("multipart/"):
        asked, files = await _form(call, EDIT)
        model = check_pictures(EDIT, asked)
        check_uploads(files, model)
        return _answer(EDIT, asked, model, "image_edit", given=len(files))
    asked = json_object(call)
    model = check_pictures(f"{EDIT}.json", asked)
    check_references(asked["images"])
    return _answer(EDIT, asked, model, "image_edit", given=len(asked["images"]))


async def _vary(call: Call) -> Answer:
    asked, files = await _form(call, VARY)
    model = check_pictures(VARY, asked)
    check_uploads(files, model)
    return Answer(VARY, body=pictures({"prompt": "", **asked}, model, given=len(files)))


async def _form(call: Call, operation: str) -> tuple[dict[str, Any], list[bytes]]:
    """The fields of a form as a JSON body would have them, and the images in it."""
    given = await form(call)
    return typed(given, operation, leaving=_FILES), [file.data for file in given.files("image")]


def _answer(operation: str, asked: dict[str, Any], model: Model, kind: str, *, given: int = 0) -> Answer:
    if asked.get("stream") and not is_older(model):
        return Answer(operation, events=frames(asked, kind, given=given))
    return Answer(operation, body=pictures(asked, model, given=given))
