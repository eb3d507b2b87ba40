import { afterEach, expect, it, vi } from "vitest";
import { askTimeUrl } from "./time-url.ts";

afterEach(() => void vi.unstubAllGlobals());
const answers = (headers: Record<string, string>) =>
  vi.stubGlobal("fetch", async () => new Response(null, { headers }));

it("reads the Date of the answer", async () => {
  answers({ date: "Mon, 01 Jun 2026 00:00:00 GMT" });
  expect(await askTimeUrl("https://time.test", new AbortController().signal)).toBe(Date.UTC(2026, 5, 1));
});

it.each([{}, { date: "soon" }])("rejects an answer without one: %j", async (headers) => {
  answers(headers);
  await expect(askTimeUrl("https://time.test", new AbortController().signal)).rejects.toThrow("no Date");
});
