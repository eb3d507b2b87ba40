import type { Client } from "aedes";
import { expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import { EventBudget } from "./event-budget.ts";
import { Reporter } from "./reporter.ts";
import { Sessions } from "./sessions.ts";
import { IncomingIds } from "./stores/incoming-ids.ts";
import { OutgoingStore } from "./stores/outgoing-store.ts";

function openSessions(maxOfflineSessions: number) {
  const clock = { nowMs: 0 };
  const cleaned: string[] = [];
  const connections = new Connections();
  const sessions = new Sessions({
    aedes: {
      clearSessionExpiry: () => {},
      persistence: {
        subscriptionsByClient: async () => [],
        removeSubscriptions: async () => {},
        cleanSubscriptions: async ({ id }: { id: string }) => void cleaned.push(id),
        delWill: async () => {},
      } as never,
    },
    outgoing: new OutgoingStore({ maxMessages: 1, maxBytes: 1, maxWaiting: 1, maxWaitingBytes: 1 }, () => {}),
    incoming: new IncomingIds(1),
    connections,
    reporter: new Reporter(undefined, () => clock.nowMs),
    limits: { maxOfflineSessions, sessionExpirySeconds: 60 },
    nowMs: () => clock.nowMs,
  });
  const visit = async (clientId: string, clean: boolean) => {
    const connection = {
      client: { id: clientId, clean } as Client,
      cleanStart: clean,
      access: { deviceId: "device", acl: [], order: 1 },
      deniedEvents: new EventBudget(1),
    } as unknown as Connection;
    await sessions.open(connection);
    sessions.closed(connection);
  };
  return { clock, cleaned, sessions, visit };
}

it("gives up sessions of any MQTT version that were away too long", async () => {
  const { clock, cleaned, sessions, visit } = openSessions(10);
  await visit("early", false);
  clock.nowMs = 30_000;
  await visit("late", false);
  clock.nowMs = 60_000;
  sessions.sweep();
  expect(cleaned).toEqual(["early"]);
  expect(sessions.size).toBe(1);
});

it("keeps one that came back in between", async () => {
  const { clock, cleaned, sessions, visit } = openSessions(10);
  await visit("a", false);
  clock.nowMs = 30_000;
  await visit("a", false);
  clock.nowMs = 60_000;
  sessions.sweep();
  expect(cleaned).toEqual([]);
});

it("gives up the one that is away longest when there are too many", async () => {
  const { cleaned, sessions, visit } = openSessions(2);
  for (const clientId of ["a", "b", "a", "c"]) await visit(clientId, false);
  expect(cleaned).toEqual(["b"]);
  expect(sessions.size).toBe(2);
});

it("keeps nothing about clean sessions", async () => {
  const { sessions, visit } = openSessions(10);
  for (let index = 0; index < 100; index++) await visit(`random-${index}`, true);
  expect(sessions.size).toBe(0);
});
