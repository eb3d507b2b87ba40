import type { DenyReason } from "@connack/credentials";
import type { BrokerAdapter, BrokerEvents, CallbackReply } from "../brokers/broker-adapter.ts";
import type { Access } from "./broker-access.ts";
import { type ReadMessage, readCallback } from "./read-callback.ts";

export interface EventsRouteParts {
  /** Told what a broker told. */
  onBrokerEvents(told: ToldByBroker): void;
  nowMs(): number;
}

export interface ToldByBroker extends Readonly<Omit<BrokerEvents, "malformed">> {
  broker: string;
  /** Why the call, or some of its events, could not be read. */
  problem?: { reason: DenyReason; detail: string };
}

/** An adapter of a broker that tells. */
export type TellingAdapter = BrokerAdapter & Required<Pick<BrokerAdapter, "parseEvents">>;

export function isTelling(adapter: BrokerAdapter): adapter is TellingAdapter {
  return adapter.parseEvents !== undefined;
}

/**
 * What happened at a broker, told by itself. Whatever came, it is answered with the broker's denial and 200: its sender
 * counts that as delivered and never tries again what we cannot read, and an authenticator whose URL leads here by
 * mistake lets nobody in. Never 204: to EMQX that is "allow".
 */
export function answerEvents(
  parts: EventsRouteParts,
  adapter: TellingAdapter,
  access: Access,
  message: ReadMessage,
): CallbackReply {
  const read = readCallback(message, access, (callback) => adapter.parseEvents(callback, parts.nowMs()));
  const { name: broker } = adapter;
  if ("events" in read) {
    const { malformed: detail, ...told } = read;
    const problem = detail === undefined ? {} : { problem: { reason: "malformed_request" as const, detail } };
    parts.onBrokerEvents({ broker, ...told, ...problem });
  } else {
    const { malformed: reason, detail } = read;
    parts.onBrokerEvents({ broker, events: [], problem: { reason, detail: `events: ${detail}` } });
  }
  return adapter.formatAuthzResponse({ result: "deny" });
}
