"""LangChain's standard integration tests of `langchain-openai`, against the gateway under test."""

from __future__ import annotations

import os
from typing import Any

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests

HERE = {"base_url": os.environ["SLASHV1_UNDER_TEST"], "api_key": "sk-thirdparty", "max_retries": 0}


class TestChatCompletions(ChatModelIntegrationTests):
    """`ChatOpenAI` over chat completions."""

    @property
    def chat_model_class(self) -> type[ChatOpenAI]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "gpt-4o-mini", "stream_usage": True, **HERE}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return False  # the suite fetches the picture from the internet first

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "gpt-4o"


class TestResponses(TestChatCompletions):
    """`ChatOpenAI` over the Responses API."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "gpt-4o-mini", "use_responses_api": True, **HERE}


class TestEmbeddings(EmbeddingsIntegrationTests):
    """`OpenAIEmbeddings`; token counting would fetch a vocabulary, so it sends texts as they are."""

    @property
    def embeddings_class(self) -> type[OpenAIEmbeddings]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "text-embedding-3-small", "check_embedding_ctx_length": False, **HERE}
