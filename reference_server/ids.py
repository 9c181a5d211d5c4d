"""Ids, fingerprints and obfuscation of the shapes that OpenAI uses."""

from __future__ import annotations

import secrets
import string
from hashlib import sha256

_ALPHABET = string.ascii_letters + string.digits


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def completion_id() -> str:
    """`chatcmpl-` and 29 letters and digits."""
    return f"chatcmpl-{_letters(29)}"


def legacy_completion_id() -> str:
    """`cmpl-` and 29 letters and digits."""
    return f"cmpl-{_letters(29)}"


def moderation_id() -> str:
    """`modr-` and up to four digits, as the omni models have them."""
    return f"modr-{secrets.randbelow(10_000)}"


def older_moderation_id() -> str:
    """`modr-` and 29 letters and digits, as the text models have them."""
    return f"modr-{_letters(29)}"


def call_id() -> str:
    """`call_` and 24 letters and digits."""
    return f"call_{_letters(24)}"


def audio_id() -> str:
    """`audio_` and 32 hexadecimal digits."""
    return f"audio_{secrets.token_hex(16)}"


def item_id(prefix: str) -> str:
    """`resp_`, `msg_`, `fc_`, `rs_` and so on: the prefix and 50 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(25)}"


def file_id() -> str:
    """`file-` and 22 letters and digits."""
    return f"file-{_letters(22)}"


def conversation_id() -> str:
    """`conv_` and 48 hexadecimal digits."""
    return f"conv_{secrets.token_hex(24)}"


def batch_id() -> str:
    """`batch_` and 32 hexadecimal digits."""
    return f"batch_{secrets.token_hex(16)}"


def batch_request_id() -> str:
    """`batch_req_` and 32 hexadecimal digits."""
    return f"batch_req_{secrets.token_hex(16)}"


def request_id() -> str:
    """`req_` and 32 hexadecimal digits."""
    return f"req_{secrets.token_hex(16)}"


def fingerprint(model: str) -> str:
    """`system_fingerprint` of a model: `fp_` and ten hexadecimal digits, always the same."""
    return f"fp_{sha256(model.encode()).hexdigest()[:10]}"


def padding(seed: str, length: int) -> str:
    """`obfuscation`: letters and digits that hide how long the text of a chunk is; the same for a seed."""
    digest = sha256(seed.encode()).digest()
    size = (digest[0] - length) % 16
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[1 : size + 1])
