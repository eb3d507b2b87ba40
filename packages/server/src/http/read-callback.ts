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
  const unanswerable = (malformed: Unanswerable["malformed"], detail: string) => ({
    question: { malformed, detail },
    readAt,
    closeConnection,
  });
  if (access.caller === "stranger") {
    return unanswerable("broker_not_authorized", `from ${message.socket.remoteAddress ?? "?"}: ${access.why}`);
  }
  if (!read.ok) return unanswerable("request_too_large", "the body is larger than 16 KiB");
  const [type = ""] = (message.headers["content-type"] ?? "").split(";", 1);
  const callback = {
    contentType: type.trim().toLowerCase(),
    body: read.body,
    brokerProven: access.caller === "proven broker",
  };
  return { question: parse(callback), readAt, closeConnection };
}
