"""The OpenAI Agents SDK: tools, handoffs, structured output and streaming, over both APIs."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pydantic import BaseModel

set_tracing_disabled(True)
MODEL = "gpt-4o-mini"
CALLED: list[str] = []
LOOP = asyncio.Runner()
"""One loop for all tests: the client keeps its connections."""


@pytest.fixture(params=[OpenAIChatCompletionsModel, OpenAIResponsesModel], ids=["chat", "responses"])
def model(request: pytest.FixtureRequest) -> Any:
    client = AsyncOpenAI(base_url=os.environ["SLASHV1_UNDER_TEST"], api_key="sk-thirdparty", max_retries=0)
    return request.param(model=MODEL, openai_client=client)


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    CALLED.append(city)
    return "rain all day"


class City(BaseModel):
    """A city and how many live there."""

    name: str
    people: int


def run(agent: Agent[Any], text: str, **more: Any) -> Any:
    return LOOP.run(Runner.run(agent, text, **more))


def test_an_answer(model: Any) -> None:
    result = run(Agent(name="Echo", instructions="Be brief.", model=model), "Reply with exactly: pong")
    assert result.final_output == "pong"
    assert result.context_wrapper.usage.total_tokens > 0


def test_a_tool_is_called_and_its_result_answered(model: Any) -> None:
    CALLED.clear()
    agent = Agent(name="Weather", model=model, tools=[get_weather])
    result = run(agent, "What is the weather in Paris? Use get_weather.")
    assert len(CALLED) == 1
    assert "rain all day" in result.final_output


def test_a_required_tool(model: Any) -> None:
    CALLED.clear()
    settings = ModelSettings(tool_choice="required")
    agent = Agent(name="Weather", model=model, tools=[get_weather], model_settings=settings)
    result = run(agent, "Hello")
    assert len(CALLED) == 1
    assert "rain all day" in result.final_output


def test_a_handoff(model: Any) -> None:
    spanish = Agent(name="Spanish", instructions="You speak Spanish.", model=model)
    triage = Agent(name="Triage", model=model, handoffs=[spanish])
    result = run(triage, "Please transfer_to_spanish.")
    assert result.last_agent.name == "Spanish"
    assert result.final_output


def test_structured_output(model: Any) -> None:
    result = run(Agent(name="Facts", model=model, output_type=City), "Tell me of Paris.")
    assert isinstance(result.final_output, City)


def test_streaming_with_a_tool(model: Any) -> None:
    CALLED.clear()
    agent = Agent(name="Weather", model=model, tools=[get_weather])

    async def streamed() -> tuple[str, list[str], str]:
        result = Runner.run_streamed(agent, "What is the weather in Paris? Use get_weather.")
        text, kinds = "", []
        async for event in result.stream_events():
            kinds.append(event.type)
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                text += event.data.delta
        return text, kinds, result.final_output

    text, kinds, final = LOOP.run(streamed())
    assert len(CALLED) == 1
    assert text == final
    assert "run_item_stream_event" in kinds


def test_a_conversation_goes_on(model: Any) -> None:
    agent = Agent(name="Echo", model=model)
    first = run(agent, "Reply with exactly: one")
    asked = [*first.to_input_list(), {"role": "user", "content": "Reply with exactly: two"}]
    assert run(agent, asked).final_output == "two"


def test_previous_response_id(model: Any) -> None:
    if not isinstance(model, OpenAIResponsesModel):
        pytest.skip("chat completions have none")
    agent = Agent(name="Echo", model=model)
    first = run(agent, "Reply with exactly: one")
    then = run(agent, "Reply with exactly: two", previous_response_id=first.last_response_id)
    assert then.final_output == "two"
