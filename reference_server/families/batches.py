"""Batches: created over an uploaded file, run in the background, listed, retrieved and cancelled."""

from __future__ import annotations

import time
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.batch_run import BatchRunner
from slashv1.reference_server.batch_store import ENDED, BatchStore
from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.file_store import FileStore
from slashv1.reference_server.paging import page, query_of
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.validation import validate
from slashv1.reference_server.wire import Answer, Call

Data = dict[str, Any]
ROUTES = (
    Route("batches.create", "POST", "/v1/batches"),
    Route("batches.list", "GET", "/v1/batches"),
    Route("batches.retrieve", "GET", "/v1/batches/{batch_id}"),
    Route("batches.cancel", "POST", "/v1/batches/{batch_id}/cancel"),
)
_PAGE = 20
_WINDOW = 24 * 3600
_STAMPS = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)
_OWN = ("output_expires_after", "account")
_NOTHING_USED = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    family = _Batches(services)
    return {
        "batches.create": family.create,
        "batches.list": family.list,
        "batches.retrieve": family.retrieve,
        "batches.cancel": family.cancel,
    }


async def resume(services: Services) -> None:
    """Go on with what a server before this one left undone."""
    await BatchRunner(services).resume()


class _Batches:
    def __init__(self, services: Services) -> None:
        self._kept = BatchStore(services.store)
        self._files = FileStore(services.store)
        self._runner = BatchRunner(services)

    async def create(self, call: Call) -> Answer:
        asked = json_object(call)
        validate("batches.create", asked)
        file = await self._files.load(asked["input_file_id"])
        if file is None:
            raise ApiError(f"No such File object: {asked['input_file_id']}", param="input_file_id")
        if file.purpose != "batch":
            said = f"Invalid purpose of the input file: expected 'batch', but got '{file.purpose}' instead."
            raise ApiError(said, param="input_file_id", code="invalid_value")
        body = _new(asked, call.account)
        await self._kept.save(body)
        self._runner.start(body["id"])
        return Answer("batches.create", body=_public(body))

    async def list(self, call: Call) -> Answer:
        query = query_of(call, "batches.list")
        batches = [_public(body) for body in await self._kept.all()]
        return Answer("batches.list", body=page(batches, query, most=_PAGE))

    async def retrieve(self, _: Call, batch_id: str) -> Answer:
        body = await self._kept.load(batch_id)
        if body is None:
            raise _unknown_batch(batch_id)
        return Answer("batches.retrieve", body=_public(body))

    async def cancel(self, _: Call, batch_id: str) -> Answer:
        try:
            body = await self._kept.change(batch_id, _cancelling)
        except KeyError:
            raise _unknown_batch(batch_id) from None
        return Answer("batches.cancel", body=_public(body))


def _new(asked: Data, account: str) -> Data:
    now = int(time.time())
    return {
        "id": ids.batch_id(),
        "object": "batch",
        "endpoint": asked["endpoint"],
        "model": None,
        "errors": None,
        "input_file_id": asked["input_file_id"],
        "completion_window": asked["completion_window"],
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": now,
        "expires_at": now + _WINDOW,
        **dict.fromkeys(_STAMPS),
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": _NOTHING_USED,
        "metadata": asked.get("metadata"),
        "output_expires_after": asked.get("output_expires_after"),
        "account": account,
    }


def _public(body: Data) -> Data:
    """The batch object: without what only the gateway needs to know."""
    return {key: value for key, value in body.items() if key not in _OWN}


def _cancelling(body: Data) -> Data:
    if body["status"] in (*ENDED, "cancelling"):
        raise ApiError(f"Cannot cancel a batch with status '{body['status']}'.", status=409)
    return {**body, "status": "cancelling", "cancelling_at": int(time.time())}


def _unknown_batch(batch_id: str) -> ApiError:
    return ApiError(f"No batch found with id '{batch_id}'.", status=404)
