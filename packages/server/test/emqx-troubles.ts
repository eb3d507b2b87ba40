import type { InterceptAnswer } from "./emqx-stand-in/start-stand-in.ts";

const json = (status: number, code: string): InterceptAnswer => ({
  status,
  contentType: "application/json",
  body: JSON.stringify({ code, message: "x" }),
});

const page = "<html><body>gateway</body></html>";
const half = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"id"';

/** What an EMQX, or a proxy before it, may do instead of answering; and the exit code then. `timeout` has to be 1 s. */
export const troubles: readonly (readonly [string, InterceptAnswer, number])[] = [
  ["is down", { cut: true }, 69],
  ["sends half an answer", { cut: true, after: half }, 69],
  ["is too slow", { delayMs: 1600 }, 69],
  ["answers 401", json(401, "BAD_API_KEY_OR_SECRET"), 78],
  ["answers 403", json(403, "UNAUTHORIZED_ROLE"), 78],
  ["answers 409", json(409, "ALREADY_EXISTS"), 1],
  ["answers 500", json(500, "INTERNAL_ERROR"), 69],
  ["answers with a page", { status: 200, contentType: "text/html", body: page }, 69],
];

/** A call that changes something, and no trial connection. */
export function isChange({ method, path }: { method: string; path: string }): boolean {
  return method !== "GET" && !path.includes("probe");
}
