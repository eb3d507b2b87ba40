import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { type OpenAdmin, openAdmin } from "./testing/open-admin.ts";

let admin: OpenAdmin;
beforeAll(async () => {
  admin = await openAdmin({ connected: [{ deviceId: "a/b:c %2F", clientId: "c1" }] });
});

const asAdmin = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  admin.ask(method, `/api/v1${path}`, { token: admin.tokens.admin, headers, ...(body !== undefined && { body }) });

describe("a device", () => {
  it("is added, shown, changed, cut, disabled and removed, whatever characters its id has", async () => {
    const id = "a/b:c %2F";
    const path = `/devices/${encodeURIComponent(id)}`;
    const made = await asAdmin("POST", "/devices", { id, group: "lab" });
    expect([made.status, made.headers.location]).toEqual([201, `/api/v1${path}`]);
    expect((await asAdmin("GET", path)).json).toMatchObject({ id, group: "lab", status: "active" });
    expect((await asAdmin("PATCH", path, { group: null, attributes: { room: "k" } })).json).toMatchObject({
      id,
      attributes: { room: "k" },
    });
    expect((await asAdmin("POST", `${path}/kick`)).json).toEqual({ id, ended: 1, devices: 1 });
    expect((await asAdmin("POST", `${path}/disable`, {})).json).toMatchObject({ id, status: "disabled" });
    expect((await asAdmin("POST", `${path}/enable`)).json).toMatchObject({ id, status: "active" });
    expect((await asAdmin("POST", `${path}/revoke`)).json).toMatchObject({ id, status: "revoked" });
    expect((await asAdmin("GET", `${path}/timeline`)).json).toMatchObject({ deviceId: id, known: true });
    expect((await asAdmin("DELETE", path)).json).toMatchObject({ id, status: "removed" });
    expect(admin.kicked).toEqual([id]);
    expect(admin.audit.rows.every(({ actor }) => actor === "api:admin" || actor === "cli")).toBe(true);
    expect(admin.audit.rows.filter(({ reason }) => reason === "device.disable")).toMatchObject([
      { type: "change", actor: "api:admin", deviceId: id },
    ]);
  });

  it("may have an id of the longest there is", async () => {
    const id = "ü/".repeat(128);
    expect((await asAdmin("POST", "/devices", { id })).status).toBe(201);
    expect((await asAdmin("GET", `/devices/${encodeURIComponent(id)}`)).json.id).toBe(id);
  });

  it("that waits is approved", async () => {
    await asAdmin("POST", "/devices", { id: "waits", status: "pending" });
    expect((await asAdmin("GET", "/devices?status=pending")).json).toMatchObject({ devices: [{ id: "waits" }] });
    expect((await asAdmin("POST", "/devices/waits/approve")).json).toMatchObject({ status: "active" });
  });

  it("is found page after page, each once", async () => {
    for (let index = 0; index < 7; index++) await asAdmin("POST", "/devices", { id: `page-${index}`, group: "pages" });
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const more: string = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
      const { json } = await asAdmin("GET", `/devices?group=pages&limit=3${more}`);
      const { devices, next } = json as { devices: { id: string }[]; next?: string };
      expect(devices.length).toBeLessThanOrEqual(3);
      seen.push(...devices.map(({ id }) => id));
      if (next === undefined) break;
      after = next;
    }
    expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => `page-${index}`));
  });
});

it("a list of a thousand comes whole, in pieces, while others are answered", { timeout: 120_000 }, async () => {
  const many = await openAdmin();
  for (let index = 0; index < 1000; index++) {
    await many.run("device.add", { id: `d${String(index).padStart(4, "0")}`, attributes: { note: "x".repeat(200) } });
  }
  const { text, headers, json } = await many.ask("GET", "/api/v1/devices?limit=1000", { token: many.tokens.viewer });
  expect((json.devices as { id: string }[]).map(({ id }) => id)).toEqual(
    Array.from({ length: 1000 }, (_, index) => `d${String(index).padStart(4, "0")}`),
  );
  expect(headers["transfer-encoding"]).toBe("chunked");
  expect(text.length).toBeGreaterThan(300_000);
  await many.close();
});

it("a service is registered, shown with its rights, rotated, disabled and removed", async () => {
  const made = await asAdmin("POST", "/services", { name: "billing", profile: "backend" });
  expect([made.status, made.headers.location]).toEqual([201, "/api/v1/services/billing"]);
  expect(made.json.password).toMatch(/^[\w-]{43}$/);
  expect((await asAdmin("GET", "/services")).json).toMatchObject({ services: [{ name: "billing" }] });
  expect((await asAdmin("GET", "/services/billing")).json).toMatchObject({ service: { name: "billing" } });
  expect((await asAdmin("GET", "/services/billing/acl")).json).toMatchObject({ id: "billing", kind: "service" });
  expect((await asAdmin("POST", "/services/billing/rotate", { grace: 60 })).json.password).not.toBe(made.json.password);
  expect((await asAdmin("POST", "/services/billing/disable")).json).toMatchObject({ status: "disabled" });
  expect((await asAdmin("POST", "/services/billing/enable")).json).toMatchObject({ status: "active" });
  expect((await asAdmin("POST", "/services/billing/kick")).json).toMatchObject({ ended: 0 });
  expect((await asAdmin("DELETE", "/services/billing")).json).toMatchObject({ status: "removed" });
});

it("rights are shown, set and tried, of a device and of a group", async () => {
  await asAdmin("POST", "/devices", { id: "lamp", group: "lamps" });
  const rules = [{ permission: "allow", action: "publish", topics: ["lamps/x"] }];
  expect((await asAdmin("PATCH", "/devices/lamp/acl", { rules })).json).toMatchObject({ id: "lamp" });
  const tried = await asAdmin("POST", "/devices/lamp/acl/test", { action: "publish", topic: "lamps/x" });
  expect(tried.json).toMatchObject({ result: "allow", topic: "lamps/x" });
  expect((await asAdmin("GET", "/devices/lamp/acl?scheme=jwt")).json).toMatchObject({ scheme: "jwt" });
  expect((await asAdmin("PATCH", "/groups/lamps/acl", { profile: "none" })).json).toMatchObject({ group: "lamps" });
  expect((await asAdmin("GET", "/groups/lamps/acl")).json).toMatchObject({ profile: "none", devices: { count: 1 } });
  expect((await asAdmin("GET", "/groups")).json).toMatchObject({ groups: [{ group: "lamps" }] });
  expect((await asAdmin("POST", "/groups/lamps/kick")).json).toMatchObject({ group: "lamps", ended: 0 });
  expect((await asAdmin("GET", "/acl/who?topic=lamps/x&kind=device&limit=5")).json).toMatchObject({
    holders: [{ id: "lamp", action: "publish" }],
  });
});

it("keys are added, listed without their secret, and removed", async () => {
  const made = await asAdmin("POST", "/keys", { scheme: "jwt", id: "mine" });
  expect([made.status, made.headers.location]).toEqual([201, "/api/v1/keys/mine"]);
  const { text } = await asAdmin("GET", "/keys");
  expect(text).toContain('"mine"');
  for (const { secret } of storedKeys()) expect(text).not.toContain(secret);
  expect((await asAdmin("DELETE", "/keys/mine")).json).toMatchObject({ removed: { id: "mine" } });
});

function storedKeys(): { secret: string }[] {
  const keys = admin.house.keyRing.keys().flatMap((key) => ("secret" in key ? [key.secret as never] : []));
  return keys.map((secret) => ({ secret: Buffer.from(secret).toString("utf8") }));
}

it("a credential is issued, and explained", async () => {
  const issued = await asAdmin("POST", "/credentials", { device: "sensor-1", scheme: "jwt", add: true });
  const { clientId, username, password } = issued.json;
  const explained = await asAdmin("POST", "/credentials/explain", { clientId, username, password });
  expect(explained.json).toMatchObject({ result: "allow", deviceId: "sensor-1" });
  const wrong = await asAdmin("POST", "/credentials/explain", {
    clientId,
    username,
    password: String(password).replace(/..$/, "AA"),
  });
  expect(wrong.json).toMatchObject({ result: "deny", reason: "bad_signature" });
  expect(wrong.json.fix).toEqual(expect.any(String));
});

it("access tokens are made, listed and removed", async () => {
  const made = await asAdmin("POST", "/tokens", { name: "short", role: "viewer", expiresIn: 60 });
  expect([made.status, made.headers.location]).toEqual([201, "/api/v1/tokens/short"]);
  const token = made.json.token as string;
  expect((await admin.ask("GET", "/api/v1/devices", { token })).status).toBe(200);
  expect((await asAdmin("GET", "/tokens")).text).not.toContain(token.slice(8));
  expect((await asAdmin("DELETE", "/tokens/short")).json).toMatchObject({ removed: { name: "short" } });
  expect((await admin.ask("GET", "/api/v1/devices", { token })).status).toBe(401);
});

it("an expired token says so", async () => {
  const { json } = await asAdmin("POST", "/tokens", { name: "over", role: "viewer", expiresIn: 60 });
  const before = admin.house.nowMs();
  admin.setNow(before + 60_000);
  const answer = await admin.ask("GET", "/api/v1/devices", { token: json.token as string });
  admin.setNow(before);
  expect([answer.status, answer.json.code]).toEqual([401, "expired_token"]);
});

it("settings, health and status are shown, secrets never", async () => {
  const secret = randomBytes(32).toString("hex");
  const other = await openAdmin({ overrides: { "credentials.jwt.secret": secret } });
  const show = (path: string) => other.ask("GET", `/api/v1${path}`, { token: other.tokens.viewer });
  const { json, text } = await show("/config");
  expect(json.settings).toContainEqual({ key: "credentials.jwt.secret", value: "(set)", source: "command line" });
  expect(text).not.toContain(secret);
  expect((await show("/health")).json).toMatchObject({ ready: true, registry: { state: "ready" } });
  expect((await show("/status")).json).toMatchObject({ dataDir: other.house.folder.path });
});

it("events and decisions are found by filters, page by page, and reasons are counted", async () => {
  const { audit, house } = admin;
  const at = house.nowMs();
  audit.record({ type: "connect", result: "deny", reason: "bad_password", deviceId: "e1", broker: "emqx" });
  audit.record({ type: "connect", result: "deny", reason: "bad_password", deviceId: "e2", broker: "emqx" });
  audit.record({ type: "connected", deviceId: "e1", broker: "emqx" });
  const events = async (path: string) => (await asAdmin("GET", path)).json as { events: object[]; next?: string };
  const denied = await events("/decisions?result=deny&broker=emqx&limit=1");
  expect(denied.events).toMatchObject([{ deviceId: "e2", reason: "bad_password", fix: expect.any(String) }]);
  const next = await events(`/decisions?result=deny&broker=emqx&limit=1&after=${denied.next}`);
  expect(next.events).toMatchObject([{ deviceId: "e1" }]);
  expect((await events(`/events?deviceId=e1&types=connected&types=connect`)).events).toHaveLength(2);
  expect((await events(`/events?deviceId=e1&from=${at + 1}`)).events).toEqual([]);
  expect((await events(`/events?deviceId=e1&from=${new Date(at).toISOString()}`)).events).toHaveLength(2);
  audit.reasonCounts = [
    {
      type: "connect",
      reason: "bad_password",
      count: 2,
      devices: 2,
      examples: [{ deviceId: "e1", count: 1 }],
      lastAt: at,
    },
  ];
  expect((await asAdmin("GET", "/reasons")).json).toMatchObject({ reasons: [{ reason: "bad_password", count: 2 }] });
  audit.unavailable = true;
  const answer = await asAdmin("GET", "/events");
  audit.unavailable = false;
  expect([answer.status, answer.json.code]).toEqual([503, "audit_unavailable"]);
});

it("HEAD answers as GET does, without the body", async () => {
  const { status, text, headers } = await asAdmin("HEAD", "/keys");
  expect([status, text]).toEqual([200, ""]);
  expect(Number(headers["content-length"])).toBeGreaterThan(0);
});

it("answers one after the other over a connection that stays", async () => {
  const { port } = new URL(admin.url);
  const socket = connect(Number(port), "127.0.0.1");
  const request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
  socket.write(request + request);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.split('{"status":"ok"}').length === 3) break;
  }
  expect(text).not.toMatch(/connection: close/i);
});

it("nothing went wrong on the way", () => {
  expect(admin.errors).toEqual([]);
});
