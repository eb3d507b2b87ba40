import { PublishDenied } from "./authorize-publish.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { Connection } from "./connection.ts";
import type { DisconnectReason } from "./embedded-broker-event.ts";

/** Texts of aedes 2.0.0-beta.1; it has no codes for them. */
const failures: Record<string, DisconnectReason> = {
  "keep alive timeout": "keep_alive_timeout",
  "packet too large": "packet_too_large",
  "drain timeout": "too_slow",
};

/** Remembers why a connection broke, as aedes tells it. The first reason counts. */
export function noteFailure(
  context: Pick<BrokerContext, "reporter">,
  connection: Connection | undefined,
  error: Error & { code?: unknown },
): void {
  if (connection === undefined || error instanceof PublishDenied) return;
  if (error.message === "connect did not arrive in time") context.reporter.trip("connect_timeout", connection);
  const lost = typeof error.code === "string" ? "connection_lost" : "protocol_error";
  const reason = Object.hasOwn(failures, error.message) ? failures[error.message] : lost;
  if (reason === undefined || connection.failure !== undefined) return;
  connection.failure = reason;
  if (reason === "packet_too_large" || reason === "too_slow") context.reporter.trip(reason, connection);
}
