// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of topics
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { socketCaller } from "./call-socket.ts";
import { type RunningConnack, removeFolder, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
const groups = {
  rooms: {
    profile: "none",
    rules: [{ permission: "allow", action: "publish", topic: "rooms/${attrs.room}/#", qos: 1 }],
  },
};
let server: RunningConnack;
let socket: ReturnType<typeof socketCaller>;
let token: string;

beforeAll(async () => {
  server = await startConnack({ folder, env: { CONNACK_ACL_GROUPS: JSON.stringify(groups) } });
  socket = socketCaller(folder);
  token = readFileSync(join(folder, "connack-data/broker-token"), "utf8").trim();
});
afterAll(async () => {
  socket.close();
  await server.kill("SIGTERM");
  removeFolder(folder);
});

/** As EMQX asks. */
async function ask<Answer>(path: "authn" | "authz", body: object, bearer = token): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.httpPort}/brokers/emqx/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

interface Answer {
  result: string;
  acl: { permission: string; topic: string }[];
  client_attrs: Record<string, string>;
}

it("a running service sends the rights of a group with the login, and decides alike when it is asked", async () => {
  const { call } = socket;
  await call("device.add", { id: "sensor-1", group: "rooms", schemes: ["password"], attributes: { room: "hall" } });
  const issued = await call<{ password: string }>("credential.issue", { device: "sensor-1", scheme: "password" });
  const login = { clientid: "c-1", username: "sensor-1", password: issued.password };
  const answer = await ask<Answer>("authn", login);
  expect(answer).toMatchObject({ result: "allow", client_attrs: { device: "sensor-1", scheme: "password" } });
  expect(answer.acl[0]).toEqual({ permission: "allow", action: "publish", topic: "rooms/hall/#", qos: [1] });
  expect(answer.acl.filter(({ permission }) => permission === "allow")).toHaveLength(1);

  const { device, scheme } = answer.client_attrs;
  const may = async (topic: string, qos: string, bearer?: string) => {
    const question = { device, scheme, clientid: "c-1", username: "sensor-1", action: "publish", retain: "false" };
    return (await ask<Answer>("authz", { ...question, topic, qos }, bearer)).result;
  };
  expect(await may("rooms/hall/light", "1")).toBe("allow");
  expect(await may("rooms/hall/light", "1", "wrong")).toBe("deny");
  expect(await may("rooms/hall/light", "0")).toBe("deny");
  expect(await may("devices/sensor-1/up", "1")).toBe("deny");
  await expect.poll(() => server.output().stdout).toContain("The device may not publish to this topic.");

  await call("acl.set", { id: "sensor-1", profile: "sensor" });
  const topics = (await ask<Answer>("authn", login)).acl.map(({ topic }) => topic);
  expect(topics.slice(0, 2)).toEqual(["rooms/hall/#", "devices/sensor-1/#"]);
  expect(await may("devices/sensor-1/up", "1")).toBe("allow");
});
