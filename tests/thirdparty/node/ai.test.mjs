// The Vercel AI SDK with its OpenAI provider, over both APIs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  embed,
  embedMany,
  generateObject,
  generateText,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from "ai";
import { z } from "zod";

const served = new Set(process.env.SLASHV1_SERVED.split(","));
const openai = createOpenAI({ baseURL: process.env.SLASHV1_UNDER_TEST, apiKey: "sk-thirdparty" });
const models = { chat: openai.chat("gpt-4o-mini"), responses: openai.responses("gpt-4o-mini") };
const city = z.object({ name: z.string(), people: z.number() });
const weather = () => {
  const called = [];
  const execute = async ({ city }) => (called.push(city), "rain all day");
  const inputSchema = z.object({ city: z.string() });
  return { called, tools: { get_weather: tool({ description: "The weather.", inputSchema, execute }) } };
};

for (const [name, model] of Object.entries(models)) {
  test(`generateText, ${name}`, async () => {
    const { text, usage, finishReason } = await generateText({ model, prompt: "Reply with exactly: pong" });
    assert.equal(text, "pong");
    assert.equal(finishReason, "stop");
    assert.ok(usage.totalTokens > 0);
  });

  test(`streamText, ${name}`, async () => {
    const result = streamText({ model, prompt: "Reply with exactly: one two three" });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    assert.equal(text, "one two three");
    assert.ok((await result.usage).outputTokens > 0);
  });

  test(`generateText with tools, ${name}`, async () => {
    const { called, tools } = weather();
    const prompt = "What is the weather in Paris? Use get_weather.";
    const { text, steps } = await generateText({ model, tools, prompt, stopWhen: stepCountIs(3) });
    assert.equal(called.length, 1);
    assert.equal(steps.length, 2);
    assert.match(text, /rain all day/);
  });

  test(`streamText with tools, ${name}`, async () => {
    const { called, tools } = weather();
    const prompt = "What is the weather in Paris? Use get_weather.";
    const result = streamText({ model, tools, prompt, stopWhen: stepCountIs(3) });
    const kinds = new Set();
    for await (const part of result.fullStream) kinds.add(part.type);
    assert.equal(called.length, 1);
    assert.ok(["tool-call", "tool-result", "text-delta", "finish"].every((kind) => kinds.has(kind)));
    assert.match(await result.text, /rain all day/);
  });

  test(`generateObject, ${name}`, async () => {
    const { object } = await generateObject({ model, schema: city, prompt: "Tell me of Paris." });
    assert.equal(typeof object.people, "number");
  });

  test(`streamObject, ${name}`, async () => {
    const result = streamObject({ model, schema: city, prompt: "Tell me of Paris." });
    for await (const partial of result.partialObjectStream) assert.ok(partial);
    assert.equal(typeof (await result.object).name, "string");
  });

  test(`a refusal, ${name}`, async () => {
    const asked = generateText({ model: openai[name]("no-such-model"), prompt: "Hi", maxRetries: 0 });
    await assert.rejects(asked, (error) => APICallError.isInstance(error) && /no-such-model/.test(error.message));
  });
}

test("embed and embedMany", async () => {
  const model = openai.embedding("text-embedding-3-small");
  const one = await embed({ model, value: "a" });
  const many = await embedMany({ model, values: ["a", "b"] });
  assert.equal(one.embedding.length, 1536);
  assert.deepEqual(many.embeddings[0], one.embedding);
});

test("completion", { skip: !served.has("completions.create") && "not served" }, async () => {
  const { text } = await generateText({ model: openai.completion("gpt-3.5-turbo-instruct"), prompt: "Say hi" });
  assert.ok(text);
});
