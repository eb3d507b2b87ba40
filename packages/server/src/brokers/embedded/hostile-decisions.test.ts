import type { Decision } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { openPermissiveBroker as openBroker, versions } from "./testing/expect-working.ts";
import { allow, eventsOf, until } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer } from "./testing/raw-peer.ts";

describe.each(versions)("decideConnect, MQTT version %i", (version) => {
  it.each<[string, () => Promise<Decision>, string]>([
    [
      "throws",
      () => {
        throw new Error("thrown");
      },
      "decide_failed",
    ],
    ["rejects", () => Promise.reject(new Error("rejected")), "decide_failed"],
    ["rejects with nothing", () => Promise.reject(), "decide_failed"],
    ["never answers", () => new Promise(() => {}), "decide_timeout"],
    ["answers nothing", async () => undefined as never, "decide_failed"],
    ["answers true", async () => true as never, "decide_failed"],
    ["allows nobody", async () => ({ ...allow(""), acl: [] }), "decide_failed"],
    ["allows without rights", async () => ({ ...allow("device"), acl: undefined }) as never, "decide_failed"],
    ["expires at NaN", async () => allow("device", [], { expireAtSeconds: Number.NaN }), "decide_failed"],
  ])("%s: refused", async (what, decideConnect, guard) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const server = await openBroker({ decideConnect, onError, limits: { decideTimeoutMs: 100 } });
    const { connack, peer } = await RawPeer.connect(server.port, version);
    expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
    expect(connack.properties).toBeUndefined();
    await peer.closed;
    expect(server.broker.connections()).toBe(0);
    expect(server.broker.counters()).toMatchObject({ refused: 1, [`guard.${guard}`]: 1 });
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "internal_error", by: "broker" }]);
    expect(JSON.stringify(server.events)).not.toMatch(/thrown|rejected/);
    expect(errors).toEqual(
      what === "throws" ? [new Error("thrown")] : what === "rejects" ? [new Error("rejected")] : [],
    );
  });

  it("may answer after the peer has left", async () => {
    let answer = (_: Decision) => {};
    const server = await openBroker({
      decideConnect: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version));
    await until("the question", () => server.requests.length === 1);
    peer.socket.resetAndDestroy();
    await peer.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer(allow("device"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.broker.connections()).toBe(0);
    expect(server.broker.kickDevice("device", "revoked")).toBe(0);
  });
});
