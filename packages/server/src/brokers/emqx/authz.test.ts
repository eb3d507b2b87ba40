// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is tested
import { readFileSync } from "node:fs";
import type { TopicQuestion } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import type { CallbackRequest } from "../broker-adapter.ts";
import { formatEmqxAuthzResponse, parseEmqxAuthzRequest } from "./authz.ts";
import { bodyTemplate, recordedAuthz, renderBody } from "./testing/authz-body.ts";

const attributes = { device: "sensor-1", scheme: "jwt", hostname: "kitchen" };

const json = (body: unknown): CallbackRequest => ({
  contentType: "application/json",
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  brokerProven: true,
});
const form = (body: Record<string, string>): CallbackRequest => ({
  contentType: "application/x-www-form-urlencoded",
  body: Buffer.from(new URLSearchParams(body).toString()),
  brokerProven: true,
});
const detailOf = (callback: CallbackRequest) => {
  const parsed = parseEmqxAuthzRequest(callback);
  return "malformed" in parsed ? parsed.detail : "understood";
};

describe("what EMQX 5.8.0 sent", () => {
  it("was recorded with every action, QoS and retain flag", () => {
    const kinds = recordedAuthz.map(({ action, qos, retain }) => `${action} ${qos} ${retain}`);
    expect(new Set(kinds)).toEqual(
      new Set([
        ...["publish 0 false", "publish 1 false", "publish 2 false", "publish 1 true"],
        ...["subscribe 0 false", "subscribe 1 false", "subscribe 2 false"],
      ]),
    );
  });

  it.each(recordedAuthz)("$action $topic with our body template, as JSON and as form", (recorded) => {
    const { action, topic, qos, retain, clientid, username } = recorded;
    const level = Number(qos);
    const expected = {
      deviceId: "sensor-1",
      clientId: clientid,
      username,
      attributes: { scheme: "jwt", hostname: "kitchen" },
      request:
        action === "publish" ? { action, topic, qos: level, retain: retain === "true" } : { action, topic, qos: level },
    };
    const body = renderBody(recorded, attributes);
    expect(parseEmqxAuthzRequest(json(body))).toEqual(expected);
    expect(parseEmqxAuthzRequest(form(body))).toEqual(expected);
  });

  it.each(recordedAuthz)("$action $topic as it was, without a device, is not understood", (recorded) => {
    expect(detailOf(json(recorded))).toMatch(/^no device/);
  });
});

describe("the device", () => {
  const good = renderBody(recordedAuthz[0] ?? {}, attributes);

  it("is who authentication said, whatever the client calls itself", () => {
    const parsed = parseEmqxAuthzRequest(
      json({ ...good, clientid: "sensor-2", username: "sensor-2" }),
    ) as TopicQuestion;
    expect(parsed.deviceId).toBe("sensor-1");
  });

  it.each([
    ["an attribute the client does not have", { device: "" }],
    ["a placeholder that EMQX does not know (5.6)", { device: "${client_attrs.device}" }],
    ["the same somewhere in it", { device: "x${client_attrs.device}" }],
    ["a number", { device: 5 }],
    ["null", { device: null }],
    ["a list", { device: ["sensor-1"] }],
    ["too long", { device: "x".repeat(257) }],
  ])("is not %s", (_, change) => {
    expect(detailOf(json({ ...good, ...change }))).toMatch(/^no device/);
  });

  it("is not in a body without it", () => {
    const { device: _, ...without } = good;
    expect(detailOf(json(without))).toMatch(/^no device/);
    expect(detailOf(json({ ...without, device_id: "sensor-1", __proto__: null }))).toMatch(/^no device/);
    expect(detailOf(json(`{"__proto__":{"device":"sensor-1"},${JSON.stringify(without).slice(1)}`))).toMatch(
      /^no device/,
    );
  });

  it("has a scheme and a host name where EMQX knows them", () => {
    for (const unknown of ["", "${client_attrs.scheme}", 5]) {
      const parsed = parseEmqxAuthzRequest(json({ ...good, scheme: unknown, hostname: unknown })) as TopicQuestion;
      expect(parsed.attributes).toEqual({});
    }
  });
});

describe("a question that cannot be understood", () => {
  const good = renderBody(recordedAuthz[0] ?? {}, attributes);

  it.each([
    ["not JSON", json("{"), "the body is not JSON"],
    ["a list", json([good]), "the body is not a JSON object"],
    ["not UTF-8", { ...json(""), body: Buffer.from([0x7b, 0xff, 0x7d]) }, "the body is not UTF-8"],
    ["text", { ...json(good), contentType: "text/plain" }, "the content type is neither JSON nor a form"],
    ["no client id", json({ ...good, clientid: "" }), "no clientid, or too long"],
    ["a client id as placeholder", json({ ...good, clientid: "${clientid}" }), "no clientid, or too long"],
    ["a client id too long", json({ ...good, clientid: "c".repeat(513) }), "no clientid, or too long"],
    ["a user name too long", json({ ...good, username: "u".repeat(2049) }), "username is not a text, or too long"],
    ["a user name that is null", json({ ...good, username: 5 }), "username is not a text, or too long"],
    ["no topic", json({ ...good, topic: "" }), "no topic, or too long"],
    ["a topic that is none", json({ ...good, topic: null }), "no topic, or too long"],
    ["a QoS of 3", json({ ...good, qos: "3" }), "qos is not 0, 1 or 2"],
    ["no QoS", json({ ...good, qos: "${qos}" }), "qos is not 0, 1 or 2"],
    ["retain that is neither", json({ ...good, retain: "" }), "retain is neither true nor false"],
    ["another action", json({ ...good, action: "all" }), "action is neither publish nor subscribe"],
    ["EMQX 4's access", json({ ...good, action: undefined, access: "2" }), "action is neither publish nor subscribe"],
    [
      "a form with a member twice",
      { ...form(good), body: Buffer.from("device=a&device=b") },
      "device stands twice in the form",
    ],
  ])("is malformed: %s", (_, callback, detail) => {
    expect(parseEmqxAuthzRequest(callback)).toEqual({ malformed: "malformed_request", detail });
  });

  it("is none where QoS and retain come as numbers, or a subscription without retain", () => {
    expect(parseEmqxAuthzRequest(json({ ...good, qos: 2, retain: true }))).toMatchObject({
      request: { qos: 2, retain: true },
    });
    expect(parseEmqxAuthzRequest(json({ ...good, qos: 0, retain: "0" }))).toMatchObject({
      request: { qos: 0, retain: false },
    });
    expect(detailOf(json({ ...good, action: "subscribe", retain: "" }))).toBe("understood");
  });
});

describe("the answer", () => {
  it.each(["allow", "deny"] as const)("%s is 200 and nothing but the result", (result) => {
    const reply = formatEmqxAuthzResponse({ result, deviceId: "secret of ours" } as { result: typeof result });
    expect(reply).toEqual({ status: 200, contentType: "application/json", body: `{"result":"${result}"}` });
  });
});

it("the body template of docs/brokers/emqx.md asks for what is read, with placeholders that EMQX has for this source", () => {
  const known = ["client_attrs.device", "client_attrs.scheme", "client_attrs.hostname"];
  const names = ["clientid", "username", "action", "topic", "qos", "retain"];
  expect(bodyTemplate).toEqual({
    ...Object.fromEntries(known.map((name) => [name.replace("client_attrs.", ""), `\${${name}}`])),
    ...Object.fromEntries(names.map((name) => [name, `\${${name}}`])),
  });
  const page = readFileSync(new URL("../../../../../docs/brokers/emqx.md", import.meta.url), "utf8");
  expect(page).toContain("/brokers/emqx/authz");
});
