import type { Client } from "aedes";
import { expect, it } from "vitest";
import type { AedesInternals } from "../aedes-internals.ts";
import { registerByIdentity } from "./registration.ts";

interface FakeClient {
  id: string;
  order: number;
  closed: boolean;
}

/** What aedes does, by client id alone, with a record of it. */
function openFakeAedes() {
  const done: string[] = [];
  const clients: Record<string, FakeClient> = {};
  const note = (what: string) => (client: FakeClient) => void done.push(`${what} ${client.order}`);
  const aedes = {
    clients,
    _finishRegisterClient(client: FakeClient) {
      clients[client.id] = client;
    },
    unregisterClient(client: FakeClient) {
      delete clients[client.id];
    },
    deleteClient: (id: string) => void delete clients[id],
    registerClient: note("never"),
    scheduleSessionExpiry: note("expiry"),
    scheduleWill: note("will"),
  };
  const internals = aedes as unknown as AedesInternals;
  registerByIdentity(internals, {
    isNewer: (client, than) => orderOf(client) > orderOf(than),
    end: (client) => done.push(`end ${orderOf(client)}`),
  });
  return { aedes: internals, clients, done };
}

const orderOf = (client: Client) => (client as unknown as FakeClient).order;
const client = (order: number, closed = false) => ({ id: "same", order, closed }) as FakeClient & Client;

it("ends the older client and registers the newer", () => {
  const { aedes, clients, done } = openFakeAedes();
  aedes.registerClient(client(1));
  aedes.registerClient(client(2));
  expect(clients["same"]?.order).toBe(2);
  expect(done).toEqual(["end 1"]);
});

it("ends the older client also when it comes later", () => {
  const { aedes, clients, done } = openFakeAedes();
  aedes.registerClient(client(2));
  aedes.registerClient(client(1));
  expect(clients["same"]?.order).toBe(2);
  expect(done).toEqual(["end 1"]);
});

it("does not register one that is closed", () => {
  const { aedes, clients } = openFakeAedes();
  aedes.registerClient(client(1, true));
  expect(clients).toEqual({});
});

it("lets the end of a replaced client change nothing of its successor", () => {
  const { aedes, clients, done } = openFakeAedes();
  const [first, second] = [client(1), client(2)];
  aedes.registerClient(first);
  aedes.registerClient(second);
  aedes.unregisterClient(first);
  aedes.scheduleSessionExpiry(first);
  aedes.scheduleWill(first, {}, 5);
  expect(clients["same"]?.order).toBe(2);
  aedes.unregisterClient(second);
  aedes.scheduleSessionExpiry(second);
  aedes.scheduleWill(second, {}, 5);
  expect(clients).toEqual({});
  expect(done).toEqual(["end 1", "expiry 2", "will 2"]);
});
