import { describe, expect, it } from "vitest";
import { embeddedBrokerNotice, startEmbeddedBroker } from "./embedded-broker.ts";
import { allow, openTestBroker, rights, until, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, RawPeer } from "./testing/raw-peer.ts";

describe("start and close", () => {
  it("rejects with the listener's own error when the port is taken", async () => {
    const { port } = await openTestBroker();
    const attempt = startEmbeddedBroker({ host: "127.0.0.1", port, decideConnect: async () => allow("device") });
    await expect(attempt).rejects.toMatchObject({ code: "EADDRINUSE", port });
  });

  it("rejects a limit that is not usable, by name", async () => {
    const attempt = startEmbeddedBroker({
      host: "127.0.0.1",
      port: 0,
      decideConnect: async () => allow("device"),
      limits: { maxConnections: 0 },
    });
    await expect(attempt).rejects.toThrow(new RangeError("maxConnections must be a whole number from 1 to 2147483647"));
  });

  it("says goodbye to everybody, whatever they are doing", async () => {
    const server = await openTestBroker({
      limits: { connectTimeoutMs: 60_000, decideTimeoutMs: 60_000 },
      decideConnect: ({ username }) =>
        username === "waits" ? new Promise(() => {}) : Promise.resolve(allow(username, rights("t"))),
    });
    const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
    const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
    const silent = await RawPeer.open(server.port);
    const asked = await RawPeer.open(server.port);
    asked.send({ cmd: "connect", clientId: "c", username: "waits", clean: true, keepalive: 0 });
    await until("the question", () => server.requests.length === 3);
    await Promise.all([server.broker.close(), server.broker.close()]);
    expect(await five.take("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await Promise.all([five.closed, four.closed, silent.closed, asked.closed]);
    expect(server.broker.connections()).toBe(0);
    expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual([
      "shutdown",
      "shutdown",
    ]);
    await expect(RawPeer.open(server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("keeps a client beyond the times for CONNECT and decision", async () => {
    const server = await openTestBroker({ limits: { connectTimeoutMs: 1_500, decideTimeoutMs: 100 } });
    const { peer } = await RawPeer.connect(server.port, 4);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await peer.settle();
  });

  it("survives a listener that throws, and counts it", async () => {
    const errors: unknown[] = [];
    const server = await openTestBroker({
      onEvent: () => {
        throw new Error("listener");
      },
      onError: (error) => {
        errors.push(error);
        throw error;
      },
    });
    const { connack, peer } = await RawPeer.connect(server.port, 5);
    expect(codeOf(connack)).toBe(0);
    await peer.settle();
    expect(server.broker.counters()).toMatchObject({ connected: 1, "guard.listener_error": 2 });
    expect(errors).toEqual([new Error("listener")]);
  });

  it("has a notice that says what is not kept", () => {
    expect(embeddedBrokerNotice).toMatch(/development and small sites.*in memory.*gone after a restart/);
  });
});
