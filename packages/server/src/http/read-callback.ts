import type { IncomingMessage } from "node:http";
import type { DenyReason } from "@connack/credentials";
import type { CallbackRequest } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { readBody } from "./read-body.ts";

/** A question that will not be decided, and why. */
export interface Unanswerable {
  malformed: Extract<DenyReason, "malformed_request" | "request_too_large" | "broker_not_authorized" | "bad_client_id">;
  detail: string;
}

export interface ReadCallback<Question> {
  question: Question | Unanswerable;
  /** When the request was complete, by `performance.now()`. */
  readAt: number;
  closeConnection: boolean;
}

/** Reads a callback of a broker to its end and makes a question of it, if the caller may ask one. */
export async function readCallback<Question>(
  message: IncomingMessage,
  access: Access,
  parse: (callback: CallbackRequest) => Question,
): Promise<ReadCallback<Question>> {
  const read = await readBody(message);
  const readAt = performance.now();
  const closeConnection = !read.ok && read.closeConnection;
  return { question: ask(), readAt, closeConnection };

  function ask(): Question | Unanswerable {
    if (access.caller === "stranger") {
      return { malformed: "broker_not_authorized", detail: `from ${access.from}: ${access.why}` };
    }
    if (!read.ok) return { malformed: "request_too_large", detail: "the body is larger than 16 KiB" };
    const contentType = mediaTypeOf(message.headers["content-type"] ?? "");
    return parse({ contentType, body: read.body, brokerProven: access.caller === "proven broker" });
  }
}

/** Without parameters, in lower case. */
function mediaTypeOf(contentType: string): string {
  if (contentType === "application/json") return contentType;
  const [type = ""] = contentType.split(";", 1);
  return type.trim().toLowerCase();
}
