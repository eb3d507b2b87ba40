import { expect, it } from "vitest";
import type { Json } from "../management/management-client.ts";
import { findListeners, UnknownListener } from "./find-listeners.ts";

const told: Record<string, Json> = {
  "/listeners": [
    { id: "tcp:default", type: "tcp", bind: "0.0.0.0:1883", enable: true, status: { running: true } },
    { id: "ssl:default", type: "ssl", bind: "0.0.0.0:8883", enable: false, status: { running: false } },
    { id: "ws:default", type: "ws", bind: "0.0.0.0:8083", enable: true, status: { running: true } },
  ],
  "/listeners/tcp%3Adefault": { id: "tcp:default", type: "tcp", bind: "0.0.0.0:1883", enable: true },
  "/listeners/ssl%3Adefault": { id: "ssl:default", type: "ssl", bind: "0.0.0.0:8883", enable: false },
  "/listeners/ws%3Adefault": {
    ...{ id: "ws:default", type: "ws", bind: "0.0.0.0:8083", enable: true },
    websocket: { mqtt_path: "/mqtt" },
  },
};
const client = { url: "http://10.0.0.5:18083", get: async (path: string) => told[path] as Json };
const tcp = { name: "tcp:default", url: "mqtt://10.0.0.5:1883" };
const ws = { name: "ws:default", url: "ws://10.0.0.5:8083/mqtt" };
const other = { name: "mqtt://10.0.0.6:1883", url: "mqtt://10.0.0.6:1883" };
const disabled = { name: "ssl:default", why: "it is disabled" };

it.each([
  [[], { targets: [tcp, ws], untried: [disabled] }],
  [["all", other.url], { targets: [tcp, ws, other], untried: [disabled] }],
  [["ws:default"], { targets: [ws], untried: [] }],
  [["ssl:default", other.url], { targets: [other], untried: [disabled] }],
  [["tcp:default", tcp.url], { targets: [tcp], untried: [] }],
  [[other.url], { targets: [other], untried: [] }],
  [["tcp:default=[::1]:2883"], { targets: [{ ...tcp, url: "mqtt://[::1]:2883" }], untried: [] }],
  [["all", "ws:default=edge.lan:80"], { targets: [tcp, { ...ws, url: "ws://edge.lan:80/mqtt" }], untried: [disabled] }],
])("%j", async (named, found) => {
  expect(await findListeners({ client, named })).toEqual(found);
});

it("says what there is, where a name is not", async () => {
  const asked = findListeners({ client, named: ["tcp:external"] });
  await expect(asked).rejects.toThrow("EMQX has no listener tcp:external; it has tcp:default, ssl:default, ws:default");
  await expect(asked).rejects.toBeInstanceOf(UnknownListener);
});

it.each(["tcp:default=", "tcp:default=edge.lan", "tcp:default=edge.lan:x", "tcp:default=a:1/x"])(
  "%s is no name and no place",
  async (named) => {
    await expect(findListeners({ client, named: [named] })).rejects.toThrow(`EMQX has no listener ${named}; `);
  },
);

it("needs URLs where no EMQX is configured", async () => {
  await expect(findListeners({ client: undefined, named: [] })).rejects.toThrow("no listener is known");
  await expect(findListeners({ client: undefined, named: ["tcp:default"] })).rejects.toThrow(/only URLs/);
  expect(await findListeners({ client: undefined, named: [other.url] })).toEqual({ targets: [other], untried: [] });
});
