import type { DenyReason } from "@connack/credentials";
import type { CallbackReply, CallbackRequest } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import type { ReadBody } from "./read-body.ts";

/** A callback of a broker, read to its end. */
export interface ReadMessage {
  /** The header as sent. */
  contentType: string | undefined;
  body: ReadBody;
  /** When it was complete, by `performance.now()`. */
  readAt: number;
}

/** Answers one callback. What can be said at once is, as most can: a promise costs a turn of its own. */
export type AnswerCallback = (access: Access, message: ReadMessage) => CallbackReply | Promise<CallbackReply>;

/** A question that will not be decided, and why. */
export interface Unanswerable {
  malformed: Extract<DenyReason, "malformed_request" | "request_too_large" | "broker_not_authorized" | "bad_client_id">;
  detail: string;
}

/** Makes a question of a callback, if the caller may ask one. */
export function readCallback<Question>(
  { contentType = "", body }: ReadMessage,
  access: Access,
  parse: (callback: CallbackRequest) => Question,
): Question | Unanswerable {
  if (access.caller === "stranger") {
    return { malformed: "broker_not_authorized", detail: `from ${access.from}: ${access.why}` };
  }
  if (!body.ok) return { malformed: "request_too_large", detail: "the body is larger than 16 KiB" };
  const brokerProven = access.caller === "proven broker";
  return parse({ contentType: mediaTypeOf(contentType), body: body.body, brokerProven });
}

/** Without parameters, in lower case. */
function mediaTypeOf(contentType: string): string {
  if (contentType === "application/json") return contentType;
  const [type = ""] = contentType.split(";", 1);
  return type.trim().toLowerCase();
}
