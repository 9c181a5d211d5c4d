"""The event types of a Responses stream.

Source: upstream's ResponseStreamEvent of 2026-08-21; `keepalive` from the evidence.
"""

from __future__ import annotations

_VERBS = {
    "response": "completed created failed in_progress incomplete queued",
    "response.audio": "delta done",
    "response.audio.transcript": "delta done",
    "response.code_interpreter_call": "completed in_progress interpreting",
    "response.code_interpreter_call_code": "delta done",
    "response.content_part": "added done",
    "response.custom_tool_call_input": "delta done",
    "response.file_search_call": "completed in_progress searching",
    "response.function_call_arguments": "delta done",
    "response.image_generation_call": "completed generating in_progress partial_image",
    "response.mcp_call": "completed failed in_progress",
    "response.mcp_call_arguments": "delta done",
    "response.mcp_list_tools": "completed failed in_progress",
    "response.output_item": "added done",
    "response.output_text": "delta done",
    "response.output_text.annotation": "added",
    "response.reasoning_summary_part": "added done",
    "response.reasoning_summary_text": "delta done",
    "response.reasoning_text": "delta done",
    "response.refusal": "delta done",
    "response.shell_call_command": "added delta done",
    "response.shell_call_output_content": "delta done",
    "response.web_search_call": "completed in_progress searching",
}
KNOWN = frozenset({"error", "keepalive"}) | {
    f"{stem}.{verb}" for stem, verbs in _VERBS.items() for verb in verbs.split()
}
"""Every event type that a stream may hold."""
