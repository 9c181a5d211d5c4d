"""Legal variants: the official client reads through every one."""

from __future__ import annotations

import pytest
from openai import OpenAI

from slashv1.reference_server import VARIANTS as ALL
from tests.reference_server.conftest import KEY

VARIANTS = {name: twist for name, twist in ALL.items() if twist.profile == "openai"}
FRAMING_THE_CLIENT_MISREADS = {"bom", "cr"}
"""Legal for WHATWG; the official client's own decoder knows them not."""


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in FRAMING_THE_CLIENT_MISREADS])
def test_official_client_reads_through(base_url, name):
    url = f"{base_url.removesuffix('/v1')}/variant/{name}/v1"
    with OpenAI(base_url=url, api_key=KEY, max_retries=0) as client:
        messages = [{"role": "user", "content": "Reply with exactly: grüß dich"}]
        wanted = "Hello." if name == "dumb-model" else "grüß dich"
        assert (
            client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content
            == wanted
        )
        chunks = client.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == wanted
        events = list(client.responses.create(model="gpt-4o", input=messages, stream=True))
        assert events[-1].response.output_text == wanted
