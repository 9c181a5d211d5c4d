// Every served operation, used through the official Node client as its documentation shows it.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: process.env.SLASHV1_UNDER_TEST, apiKey: "sk-thirdparty", maxRetries: 0 });
const served = process.env.SLASHV1_SERVED.split(",");
const model = "gpt-4o-mini";
const input = "Reply with exactly: pong";
const messages = [{ role: "user", content: input }];
const used = new Set();

// A test of some operations; what the gateway does not serve is skipped.
function does(operations, run) {
  operations.forEach((name) => used.add(name));
  const skip = operations.some((name) => served.includes(name)) ? false : "not served";
  test(operations.join(", "), { skip }, run);
}

const all = async (pages) => {
  const items = [];
  for await (const item of await pages) items.push(item);
  return items;
};
const gone = (promise) => assert.rejects(promise, OpenAI.NotFoundError);

does(["models.list", "models.retrieve"], async () => {
  assert.ok((await all(client.models.list())).some((one) => one.id === model));
  assert.equal((await client.models.retrieve(model)).id, model);
  await assert.rejects(client.models.retrieve("none"), { status: 404, code: "model_not_found" });
});

does(["chat.completions.create"], async () => {
  const plain = await client.chat.completions.create({ model, messages });
  assert.equal(plain.choices[0].message.content, "pong");
  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  const final = await stream.finalChatCompletion();
  assert.equal(final.choices[0].message.content, "pong");
  assert.deepEqual(final.usage, plain.usage);
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const tools = [{ type: "function", function: { name: "get_weather", parameters } }];
  const called = await client.chat.completions.create({ model, messages, tools, tool_choice: "required" });
  assert.ok("city" in JSON.parse(called.choices[0].message.tool_calls[0].function.arguments));
  const refused = client.chat.completions.create({ model, messages, n: 0 });
  await assert.rejects(refused, { status: 400, param: "n", code: "integer_below_min_value" });
});

const stored = ["list", "retrieve", "update", "delete", "messages.list"].map((name) => `chat.completions.${name}`);
does(stored, async () => {
  const kept = await client.chat.completions.create({ model, messages, store: true, metadata: { suite: "node" } });
  assert.equal((await client.chat.completions.retrieve(kept.id)).id, kept.id);
  const listed = await all(client.chat.completions.list({ metadata: { suite: "node" } }));
  assert.ok(listed.some((one) => one.id === kept.id));
  await client.chat.completions.update(kept.id, { metadata: { suite: "new" } });
  assert.ok((await all(client.chat.completions.messages.list(kept.id))).some((one) => one.content === input));
  assert.ok((await client.chat.completions.delete(kept.id)).deleted);
  await gone(client.chat.completions.retrieve(kept.id));
});

does(["responses.create", "responses.retrieve", "responses.delete", "responses.input_items.list"], async () => {
  const first = await client.responses.create({ model, input });
  assert.equal(first.output_text, "pong");
  const final = await client.responses.stream({ model, input }).finalResponse();
  assert.equal(final.output[0].content[0].text, "pong"); // its output_text is the plain answer's alone
  const then = await client.responses.create({ model, input: "And?", previous_response_id: first.id });
  assert.ok(then.usage.input_tokens > first.usage.input_tokens);
  assert.equal((await client.responses.retrieve(first.id)).output_text, "pong");
  assert.equal((await all(client.responses.inputItems.list(first.id)))[0].content[0].text, input);
  await client.responses.delete(first.id);
  await gone(client.responses.retrieve(first.id));
});

does(["responses.cancel"], async () => {
  const begun = await client.responses.create({ model, input: "Count from 1 to 500", background: true });
  assert.equal((await client.responses.cancel(begun.id)).status, "cancelled");
});

does(["responses.input_tokens.count"], async () => {
  const { usage } = await client.responses.create({ model, input });
  assert.equal((await client.responses.inputTokens.count({ model, input })).input_tokens, usage.input_tokens);
});

does(["responses.compact"], async () => {
  assert.ok((await client.responses.compact({ model, input: "A long talk about little." })).output.length);
});

does(["embeddings.create"], async () => {
  const asked = { model: "text-embedding-3-small", input: ["a", "b"], dimensions: 8 };
  assert.deepEqual((await client.embeddings.create(asked)).data.map((one) => one.embedding.length), [8, 8]);
});

does(["completions.create"], async () => {
  const asked = { model: "gpt-3.5-turbo-instruct", prompt: "Say hi", max_tokens: 20 };
  const whole = await client.completions.create(asked);
  const chunks = await all(client.completions.create({ ...asked, stream: true }));
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(""), whole.choices[0].text);
});

does(["moderations.create"], async () => {
  assert.equal((await client.moderations.create({ input: "a kind word" })).results[0].flagged, false);
});

const line = (custom_id) =>
  JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body: { model, messages } });
does(["create", "list", "retrieve", "content", "delete"].map((name) => `files.${name}`), async () => {
  const kept = await client.files.create({ file: await toFile(Buffer.from(line("x")), "in.jsonl"), purpose: "batch" });
  assert.equal((await client.files.retrieve(kept.id)).filename, "in.jsonl");
  assert.ok((await all(client.files.list({ purpose: "batch" }))).some((one) => one.id === kept.id));
  assert.equal(await (await client.files.content(kept.id)).text(), line("x"));
  assert.ok((await client.files.delete(kept.id)).deleted);
  await gone(client.files.retrieve(kept.id));
});

does(["create", "retrieve", "list", "cancel"].map((name) => `batches.${name}`), async () => {
  const text = [line("a"), line("b")].join("\n");
  const given = await client.files.create({ file: await toFile(Buffer.from(text), "in.jsonl"), purpose: "batch" });
  const asked = { input_file_id: given.id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  let batch = await client.batches.create(asked);
  assert.ok((await all(client.batches.list())).some((one) => one.id === batch.id));
  for (let tries = 0; tries < 300 && !["completed", "failed"].includes(batch.status); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    batch = await client.batches.retrieve(batch.id);
  }
  assert.equal(batch.status, "completed");
  const answers = (await (await client.files.content(batch.output_file_id)).text()).trim().split("\n");
  assert.deepEqual(answers.map((one) => JSON.parse(one).custom_id).sort(), ["a", "b"]);
  const cancelled = await client.batches.cancel((await client.batches.create(asked)).id);
  assert.ok(["cancelling", "cancelled"].includes(cancelled.status));
});

const items = ["create", "list", "retrieve", "delete"].map((name) => `conversations.items.${name}`);
does([...["create", "retrieve", "update", "delete"].map((name) => `conversations.${name}`), ...items], async () => {
  const { id } = await client.conversations.create({ metadata: { suite: "node" } });
  assert.deepEqual((await client.conversations.retrieve(id)).metadata, { suite: "node" });
  await client.conversations.update(id, { metadata: { suite: "new" } });
  const said = [{ type: "message", role: "user", content: "My name is Ada." }];
  const added = await client.conversations.items.create(id, { items: said });
  const item = added.data[0].id;
  const kept = await client.conversations.items.retrieve(item, { conversation_id: id });
  assert.equal(kept.content[0].text, "My name is Ada.");
  await client.responses.create({ model, input, conversation: id });
  assert.equal((await all(client.conversations.items.list(id))).length, 3);
  await client.conversations.items.delete(item, { conversation_id: id });
  assert.ok((await client.conversations.delete(id)).deleted);
  await gone(client.conversations.retrieve(id));
});

does(["images.generate", "images.edit", "images.create_variation"], async () => {
  const made = await client.images.generate({ model: "gpt-image-1", prompt: "A dot" });
  const bytes = Buffer.from(made.data[0].b64_json, "base64");
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  const image = async () => toFile(bytes, "dot.png", { type: "image/png" });
  const edited = await client.images.edit({ model: "gpt-image-1", image: await image(), prompt: "Larger" });
  assert.ok(edited.data.length);
  const varied = await client.images.createVariation({ image: await image(), response_format: "b64_json" });
  assert.ok(varied.data.length);
});

does(["audio.speech.create", "audio.transcriptions.create", "audio.translations.create"], async () => {
  const asked = { model: "tts-1", voice: "alloy", input: "Hi", response_format: "wav" };
  const sound = Buffer.from(await (await client.audio.speech.create(asked)).arrayBuffer());
  assert.equal(sound.subarray(0, 4).toString(), "RIFF");
  const file = async () => toFile(sound, "hi.wav");
  assert.ok((await client.audio.transcriptions.create({ model: "whisper-1", file: await file() })).text);
  assert.ok((await client.audio.translations.create({ model: "whisper-1", file: await file() })).text);
});

test("every served operation is used here", () => {
  assert.deepEqual(served.filter((name) => !used.has(name)), []);
});
