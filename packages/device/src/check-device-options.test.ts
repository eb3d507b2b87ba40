import { expect, it } from "vitest";
import { checkDeviceOptions } from "./check-device-options.ts";
import type { DeviceOptions } from "./device-options.ts";

const right: DeviceOptions = {
  url: "mqtt://broker.test",
  credentials: () => ({ clientId: "a", username: "u", password: "p" }),
};

it.each(["mqtt://b", "mqtts://b:8883", "ws://b/mqtt", "wss://b/mqtt?x=1"])("takes %s", (url) => {
  checkDeviceOptions({ ...right, url });
});

it.each<[string, object, string]>([
  ["another protocol", { url: "http://b" }, "url has to begin with mqtt:"],
  ["no URL", { url: "broker" }, "Invalid URL"],
  ["no credentials", { credentials: undefined }, "credentials has to be a provider"],
  ["an empty client id", { clientId: "" }, "clientId"],
  ["MQTT 3.1", { protocolVersion: 3 }, "protocolVersion"],
  ["no keep-alive", { keepAliveSeconds: 0 }, "keepAliveSeconds"],
  ["no time", { timeoutSeconds: 0 }, "timeoutSeconds"],
  ["a text for a number", { refreshEverySeconds: "60" }, "refreshEverySeconds"],
  ["a margin that is none", { refreshMarginSeconds: Number.NaN }, "refreshMarginSeconds"],
  ["least over most", { reconnect: { leastSeconds: 5, mostSeconds: 1 } }, "reconnect.mostSeconds"],
  ["an empty queue", { queue: { messages: 0 } }, "queue.messages"],
  ["half a byte", { queue: { bytes: 0.5 } }, "queue.bytes"],
  ["a session without end", { sessionExpirySeconds: Number.POSITIVE_INFINITY }, "sessionExpirySeconds"],
  ["a date that is none", { notBefore: new Date("soon") }, "notBefore"],
  ["a CA that is no text", { tls: { ca: 1 } }, "tls.ca"],
  ["a server of another kind", { timeUrl: "ntp://time.test" }, "timeUrl"],
])("refuses %s, by name", (_what, wrong, message) => {
  expect(() => checkDeviceOptions({ ...right, ...wrong })).toThrow(message);
});

it("never repeats a secret", () => {
  const secret = "hunter2-hunter2";
  for (const wrong of [
    { url: `mqtt://user:${secret}@b` },
    { url: `mqtt://${secret}@b` },
    { credentials: secret },
    { tls: { key: new Uint8Array([1]) } },
  ]) {
    let text = "";
    try {
      checkDeviceOptions({ ...right, ...(wrong as object) });
    } catch (error) {
      text = String(error);
    }
    expect(text).not.toBe("");
    expect(text).not.toContain(secret);
  }
});
