"""Moderations: one result an input, categories found by plain words, in the shape of old and new models."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.catalog import Model, find
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import validate

Asked = dict[str, Any]
_NAME = "moderations.create"
_DEFAULT = "omni-moderation-latest"
_WORDS = {
    "harassment": r"idiot|stupid|shut up",
    "harassment/threatening": r"i (?:will|'ll|am going to) (?:hurt|harm|kill) you",
    "sexual": r"porn\w*|erotic\w*",
    "hate": r"subhuman|vermin",
    "hate/threatening": r"exterminate (?:all|every)",
    "illicit": r"pick a lock|launder money|steal a car",
    "illicit/violent": r"build a bomb|buy a gun illegally",
    "self-harm/intent": r"(?:hurt|harm|kill) myself",
    "self-harm/instructions": r"how to (?:hurt|harm|kill) (?:my|your)self",
    "self-harm": r"(?:hurt|harm|kill) (?:my|your)self|suicide",
    "sexual/minors": r"child porn\w*",
    "violence": r"kill\w*|murder\w*|(?:hurt|harm) (?:some|every|the|them|people)\w*",
    "violence/graphic": r"blood and guts|dismember\w*",
}
"""Categories in the order of genuine answers, and what flags them here."""
_NEWER = ("illicit", "illicit/violent")
"""Unknown to the text-moderation models."""
_SEEN = (
    "sexual",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "violence",
    "violence/graphic",
)
"""Categories that images are judged by too."""
_PATTERNS = {name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in _WORDS.items()}


def check_moderation(asked: Asked) -> Model:
    """Judge a request for a moderation.

    Returns:
        the model it names, the newest omni one where it names none.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    validate(_NAME, asked)
    name = asked.get("model") or _DEFAULT
    model = find(name)
    if model is None or model.kind != "moderation":
        raise ApiError(
            f"Invalid value for 'model' = {name}. Please check the OpenAPI documentation and try again."
        )
    given = _list(asked["input"])
    parts = [isinstance(part, dict) for part in given]
    if any(parts) and not all(parts):
        raise ApiError(
            "Invalid type for 'input': expected one of a string, array of strings, or array of objects.",
            param="input",
            code="invalid_type",
        )
    if any(parts) and not _is_omni(model):
        raise ApiError(f"The model '{model.id}' takes text input only.", param="input", code="invalid_value")
    return model


def moderate(asked: Asked, model: Model) -> dict[str, Any]:
    """The answer to a valid request: strings get a result each, parts one together."""
    given = _list(asked["input"])
    if isinstance(given[0], dict):
        texts = [part["text"] for part in given if part["type"] == "text"]
        results = [_result("\n".join(texts), model, text=bool(texts), image=len(texts) < len(given))]
    else:
        results = [_result(text, model, text=True, image=False) for text in given]
    identifier = ids.moderation_id() if _is_omni(model) else ids.older_moderation_id()
    return {"id": identifier, "model": model.snapshot, "results": results}


def moderated(asked: Asked, user: str, said: list[str], *, listed: bool) -> dict[str, Any]:
    """`moderation` of a chat completion or a response that asks for it: what was said to and by the model.

    `listed`: a result for each answer in a list, as chat has them; else one. Empty where it is not asked for.

    Raises:
        ApiError: the model that is named does not moderate.
    """
    wanted = asked.get("moderation")
    if not wanted:
        return {}
    sides = {"input": [user], "output": said}
    return {"moderation": {side: _side(wanted, texts, listed) for side, texts in sides.items()}}


def _side(wanted: Asked, texts: list[str], listed: bool) -> dict[str, Any]:
    given = {"model": wanted.get("model"), "input": texts}
    made = moderate(given, check_moderation(given))
    results = [{"type": "moderation_result", **result, "model": made["model"]} for result in made["results"]]
    if not listed:
        return results[0]
    return {"type": "moderation_results", "model": made["model"], "results": results}


def _list(given: Any) -> list[Any]:
    return [given] if isinstance(given, str) else given


def _is_omni(model: Model) -> bool:
    return model.id.startswith("omni-")


def _result(said: str, model: Model, *, text: bool, image: bool) -> dict[str, Any]:
    omni = _is_omni(model)
    names = [name for name in _PATTERNS if omni or name not in _NEWER]
    found = {name: bool(_PATTERNS[name].search(said)) for name in names}
    applied = {name: _applied(name, text=text, image=image) for name in names}
    result: dict[str, Any] = {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": {
            name: _score(said, name, found[name]) if applied[name] else 0.0 for name in names
        },
    }
    if omni:
        result["category_applied_input_types"] = applied
    return result


def _applied(name: str, *, text: bool, image: bool) -> list[str]:
    return [*(["text"] if text else []), *(["image"] if image and name in _SEEN else [])]


def _score(said: str, name: str, found: bool) -> float:
    """Between 0 and 1, the same for the same text; high where a word was found."""
    noise = int.from_bytes(sha256(f"{name}:{said}".encode()).digest()[:4], "big") / 2**32
    return 0.75 + noise / 5 if found else noise / 5000
