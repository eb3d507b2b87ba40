import { beforeAll, describe, expect, it } from "vitest";
import { type Role, roles } from "../../operations/operation.ts";
import { operations } from "../../operations/operations.ts";
import { adminRoutes, apiPrefix, plainRoutes } from "./admin-routes.ts";
import { type OpenAdmin, openAdmin } from "./testing/open-admin.ts";

const routes = Object.values(adminRoutes).flat();
const roleOf = (name: string) => operations.find((each) => each.name === name)?.role as Role;

let admin: OpenAdmin;
beforeAll(async () => {
  admin = await openAdmin();
});

/** Every route with the role it wants; nobody is called `nobody`. */
const all = [
  ...routes.map(({ method, path, operation, role = roleOf(operation) }) => ({ method, path: apiPrefix + path, role })),
  ...plainRoutes.flatMap(({ path, role }) => (role === undefined ? [] : [{ method: "GET", path, role }])),
].map((route) => ({ ...route, path: route.path.replace(/\{\w+\}/g, "nobody") }));

describe.each(all)("$method $path, for a $role", ({ method, path, role }) => {
  it("wants a token", async () => {
    const { status, json, headers } = await admin.ask(method, path);
    expect([status, json.code]).toEqual([401, "no_token"]);
    expect(headers["www-authenticate"]).toBe('Bearer realm="connack"');
  });

  it("takes no other one", async () => {
    const { status, json, headers } = await admin.ask(method, path, { token: `${admin.tokens.admin}x` });
    expect([status, json.code]).toEqual([401, "wrong_token"]);
    expect(headers["www-authenticate"]).toMatch(/^Bearer realm="connack", error="invalid_token"/);
  });

  it.each(roles)("answers a %s as its role is", async (asking) => {
    if (path.endsWith("/stream") && roles.indexOf(asking) >= roles.indexOf(role)) {
      const response = await fetch(admin.url + path, { headers: { authorization: `Bearer ${admin.tokens[asking]}` } });
      expect(response.status).toBe(200);
      await response.body?.cancel();
      return;
    }
    const takesBody = method === "POST" || method === "PATCH";
    const { status, json } = await admin.ask(method, path, {
      token: admin.tokens[asking],
      ...(takesBody && { body: {} }),
    });
    if (roles.indexOf(asking) < roles.indexOf(role)) expect([status, json.code]).toEqual([403, "not_allowed"]);
    else expect([200, 201, 400, 404, 409]).toContain(status);
  });
});

it("a role is checked before the body is read", async () => {
  const { status } = await admin.ask("POST", "/api/v1/keys", { token: admin.tokens.viewer, body: "{broken" });
  expect(status).toBe(403);
});

it("what every operation needs by itself is needed here too", () => {
  const needed = { "device.list": "viewer", "device.set": "operator", "key.add": "admin", "token.list": "admin" };
  for (const [name, role] of Object.entries(needed)) expect(roleOf(name)).toBe(role);
});

it("no route runs what is only for whoever owns the data folder, and no two are the same", () => {
  const ran = routes.map(({ operation }) => operations.find(({ name }) => name === operation));
  expect(ran.filter((operation) => operation === undefined || operation.local)).toEqual([]);
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
});

it("the service and its description need no token", async () => {
  expect((await admin.ask("GET", "/healthz")).json).toEqual({ status: "ok" });
  expect((await admin.ask("GET", "/api/v1/openapi.json")).status).toBe(200);
});

it("metrics need none where that is configured", async () => {
  const open = await openAdmin({ overrides: { "http.admin.metricsWithoutToken": true } });
  const { status, text, headers } = await open.ask("GET", "/metrics");
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toMatch(/^# HELP connack_/m);
});

it("an operator changes the rights of devices, and by no path those of a service", async () => {
  await admin.run("service.add", { name: "board", profile: "dashboard" });
  await admin.run("device.add", { id: "lamp-1" });
  const rights = async () =>
    (await admin.ask("GET", "/api/v1/services/board/acl", { token: admin.tokens.viewer })).json;
  const before = await rights();
  const wanted = { body: { profile: "superuser" } };
  for (const path of ["/api/v1/services/board/acl", "/api/v1/devices/board/acl"]) {
    const { status, json } = await admin.ask("PATCH", path, { token: admin.tokens.operator, ...wanted });
    expect([status, json.code]).toEqual([403, "not_allowed"]);
  }
  expect(await rights()).toEqual(before);
  const byOperator = { token: admin.tokens.operator, body: { profile: "none" } };
  expect((await admin.ask("PATCH", "/api/v1/devices/lamp-1/acl", byOperator)).status).toBe(200);
  const byAdmin = { token: admin.tokens.admin, ...wanted };
  expect((await admin.ask("PATCH", "/api/v1/services/board/acl", byAdmin)).json).toMatchObject({
    profile: "superuser",
  });
});
