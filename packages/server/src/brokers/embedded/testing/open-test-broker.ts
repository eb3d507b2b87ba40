import type { AclRule, AllowDecision, ConnectRequest, DenyDecision, DenyReason } from "@connack/credentials";
import { onTestFinished } from "vitest";
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startEmbeddedBroker } from "../embedded-broker.ts";
import type { EmbeddedBrokerEvent } from "../embedded-broker-event.ts";

export interface TestBroker {
  broker: EmbeddedBroker;
  port: number;
  url: string;
  events: EmbeddedBrokerEvent[];
  /** What `decideConnect` was asked. */
  requests: ConnectRequest[];
}

/**
 * A broker on a free port of 127.0.0.1, closed at the end of the test. Unless told otherwise it lets everybody in as
 * the device of their user name, with all rights below `devices/<user name>/`.
 */
export async function openTestBroker(options: Partial<EmbeddedBrokerOptions> = {}): Promise<TestBroker> {
  const events: EmbeddedBrokerEvent[] = [];
  const requests: ConnectRequest[] = [];
  const { decideConnect = async ({ username }: ConnectRequest) => allow(username), ...others } = options;
  const broker = await startEmbeddedBroker({
    host: "127.0.0.1",
    port: 0,
    decideConnect: (request) => {
      requests.push(request);
      return decideConnect(request);
    },
    onEvent: (event) => events.push(event),
    ...others,
  });
  onTestFinished(() => broker.close());
  const { port = 0 } = broker.addresses.tcp ?? {};
  return { broker, port, url: `mqtt://127.0.0.1:${port}`, events, requests };
}

export function allow(deviceId: string, acl?: AclRule[], more: Partial<AllowDecision> = {}): AllowDecision {
  return {
    result: "allow",
    deviceId,
    scheme: "password",
    acl: acl ?? [{ permission: "allow", action: "all", topic: `devices/${deviceId}/#` }],
    clientAttrs: {},
    ...more,
  };
}

export function deny(reason: DenyReason): DenyDecision {
  return { result: "deny", reason, detail: "for the operator only", hints: [] };
}

/** Rules that allow everything below the given filters. */
export function rights(...filters: string[]): AclRule[] {
  return filters.map((topic) => ({ permission: "allow", action: "all", topic }));
}

/** Waits until the condition holds; fails after ten seconds, naming what was waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The events of one type. */
export function eventsOf<Type extends EmbeddedBrokerEvent["type"]>(
  { events }: TestBroker,
  type: Type,
): Extract<EmbeddedBrokerEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<EmbeddedBrokerEvent, { type: Type }> => event.type === type);
}

/** The events of one type, once there are so many. */
export async function untilEvents<Type extends EmbeddedBrokerEvent["type"]>(
  server: TestBroker,
  type: Type,
  count: number,
): Promise<Extract<EmbeddedBrokerEvent, { type: Type }>[]> {
  await until(`${count} events: ${type}`, () => eventsOf(server, type).length >= count);
  return eventsOf(server, type);
}
