import type { Json, JsonObject } from "./management-client.ts";
import { shorten } from "./scrub-secrets.ts";
import type { Incoming } from "./send-request.ts";

/** A path that EMQX 5.8.0 does not have: its 404 is a page (recorded). */
export function isUnknownPath({ status, body }: Incoming): boolean {
  return status === 404 && body.includes("<h1>404 - NOT FOUND</h1>");
}

export function isHtml(answer: Incoming): boolean {
  return contentType(answer).startsWith("text/html") || /^\s*<(!doctype|html)/i.test(answer.body);
}

export function contentType({ headers }: Incoming): string {
  return shorten(headers["content-type"] ?? "no content type", 60);
}

/** The `{code, message}` of EMQX's errors. */
export function errorBody({ body }: Incoming): JsonObject | undefined {
  try {
    const parsed = JSON.parse(body) as Json;
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
