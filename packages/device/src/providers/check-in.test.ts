import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CredentialsRefused } from "../device-credentials.ts";
import { credentialsRequest } from "../testing/credentials-request.ts";
import { type HttpService, jsonAnswer, startHttpService } from "../testing/http-service.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { type CheckInOptions, checkIn } from "./check-in.ts";
import type { CheckInAnswer } from "./check-in-answer.ts";

const clientId = "GID_default@@@02_00_00_00_00_01@@@02_00_00_00_00_01";
const signature = `${"b".repeat(43)}=`;
const uuid = "5f0c1f0e-6d5c-4a55-9d0b-0b8f3a0b1c2d";
const mqtt = {
  endpoint: "broker.example.org:1883",
  client_id: clientId,
  username: "eyJpcCI6InVua25vd24ifQ==",
  password: signature,
  publish_topic: "device-server",
  subscribe_topic: "devices/p2p/02_00_00_00_00_01",
  keepalive: 240,
};
const full = {
  server_time: { timestamp: 1_800_000_000_123, timeZone: "Asia/Shanghai", timezone_offset: 480 },
  firmware: { version: "2.4.2", url: "", force: 0 },
  activation: { code: "123456", message: "http://console\n123456", challenge: "x", timeout_ms: 30000 },
  websocket: { url: "ws://127.0.0.1:8000/xiaozhi/v1/", token: "" },
  mqtt,
};
const credentials = { clientId, username: mqtt.username, password: signature };

let service: HttpService;
beforeAll(async () => {
  service = await startHttpService();
});
afterAll(() => service.stop());
beforeEach(() => {
  service.asked.length = 0;
  service.answer = jsonAnswer(200, full);
});

const make = (options: Partial<CheckInOptions> = {}) =>
  checkIn({ url: `${service.origin}/xiaozhi/ota/`, mac: "02-00-00-00-00-01", clientId: uuid, ...options });
const get = async (options: Partial<CheckInOptions> = {}, request = credentialsRequest()) => make(options).get(request);
const failure = () => get().then(String, (error: Error) => error);

describe("checkIn", () => {
  it("asks as a xiaozhi device does", async () => {
    const provider = make({
      board: "bread-compact-wifi",
      firmwareVersion: "2.4.2",
      headers: { "Accept-Language": "zh-CN" },
    });
    expect(provider).toMatchObject({ name: `check-in at ${new URL(service.origin).host}`, needsClock: false });
    expect(await provider.get(credentialsRequest())).toEqual(credentials);
    const [asked] = service.asked;
    expect(asked).toMatchObject({ method: "POST", url: "/xiaozhi/ota/" });
    expect(asked?.headers).toMatchObject({
      "device-id": "02:00:00:00:00:01",
      "client-id": uuid,
      "activation-version": "1",
      "user-agent": "bread-compact-wifi/2.4.2",
      "accept-language": "zh-CN",
      "content-type": "application/json",
    });
    expect(JSON.parse(asked?.body ?? "")).toEqual({
      version: 2,
      mac_address: "02:00:00:00:00:01",
      uuid,
      application: { name: "connack-device", version: "2.4.2" },
      board: { type: "bread-compact-wifi", name: "bread-compact-wifi", mac: "02:00:00:00:00:01" },
    });
  });

  it("takes members of the body from the program", async () => {
    await get({ body: { language: "en", board: { type: "own" } } });
    expect(JSON.parse(service.asked[0]?.body ?? "")).toMatchObject({
      version: 2,
      language: "en",
      board: { type: "own" },
    });
  });

  it("tells the server's time: UTC, without the offset of the time zone that its devices add", async () => {
    const request = credentialsRequest();
    await get({}, request);
    expect(request.heard.at(-1)).toBe(1_800_000_000_123);
  });

  it("tells the Date of HTTP where the answer has no time", async () => {
    const request = credentialsRequest();
    service.answer = jsonAnswer(200, { mqtt }, { date: "Thu, 15 Jan 2026 08:00:00 GMT" });
    await get({}, request);
    expect(request.heard).toEqual([Date.UTC(2026, 0, 15, 8)]);
  });

  it("tells broker, topics and activation, to a listener and when it is asked by hand; never the password", async () => {
    const answers: CheckInAnswer[] = [];
    const provider = make({ onAnswer: (answer) => answers.push(answer) });
    await provider.get(credentialsRequest());
    const answer = await provider.ask();
    expect(answer).toEqual({
      endpoint: "broker.example.org:1883",
      brokerUrl: "mqtt://broker.example.org:1883",
      publishTopic: "device-server",
      subscribeTopic: "devices/p2p/02_00_00_00_00_01",
      serverTimeMs: 1_800_000_000_123,
      activation: { code: "123456", message: "http://console\n123456" },
    });
    expect(answers).toEqual([answer, answer]);
    expect(shownEverywhere([provider, answers])).not.toContain(signature);
  });

  it.each([
    ["h:8883", "mqtts://h:8883"],
    ["h", "mqtts://h:8883"],
    ["192.0.2.1:1883", "mqtt://192.0.2.1:1883"],
    ["mqtt://h:1883", undefined],
    ["h:99999", undefined],
    ["h/x", undefined],
  ])("reads the endpoint %s as the firmware does", async (endpoint, brokerUrl) => {
    service.answer = jsonAnswer(200, { mqtt: { ...mqtt, endpoint, subscribe_topic: "null", publish_topic: 7 } });
    expect(await make().ask()).toEqual({ endpoint, ...(brokerUrl !== undefined && { brokerUrl }) });
  });

  it.each([
    [200, { success: false, message: "request\u001b error." }, "the answer has no mqtt object: request error."],
    [200, { error: "Invalid device ID" }, "the answer has no mqtt object: Invalid device ID"],
    [
      200,
      { websocket: full.websocket },
      "the answer has no mqtt object: it offers WebSocket only (xiaozhi-server: server.mqtt_gateway)",
    ],
    [200, { mqtt: null }, "the answer has no mqtt object"],
    [200, "text", "the answer has no mqtt object"],
    [404, full, "HTTP 404"],
    [403, { error: "not you" }, "HTTP 403: not you"],
    [
      200,
      { mqtt: { ...mqtt, password: "" } },
      "the password is empty: the server has no key to sign with (server.mqtt_signature_key)",
    ],
    [200, { mqtt: { ...mqtt, client_id: 1 } }, "the mqtt object lacks client_id, username or password"],
  ])("is refused by HTTP %i %j", async (status, answer, sentence) => {
    service.answer = jsonAnswer(status, answer);
    expect(await failure()).toEqual(new CredentialsRefused(sentence));
    expect(await failure()).toBeInstanceOf(CredentialsRefused);
  });

  it.each([500, 502, 429])("asks again after HTTP %i", async (status) => {
    service.answer = jsonAnswer(status, full);
    expect(await failure()).toEqual(new Error(`HTTP ${status}`));
    expect(await failure()).not.toBeInstanceOf(CredentialsRefused);
  });

  it("ends when nobody waits any more", async () => {
    service.answer = () => {}; // never
    const waiting = new AbortController();
    const getting = get({}, credentialsRequest({ signal: waiting.signal }));
    await expect.poll(() => service.asked.length).toBe(1);
    waiting.abort(new Error("the device was stopped"));
    await expect(getting).rejects.toThrow("the device was stopped");
  });

  it.each([
    [{ url: "ws://127.0.0.1/" }, "url has to begin with https: or http:"],
    [{ mac: "not-a-mac" }, "mac has to be a MAC address"],
    [{ mac: undefined }, "mac has to be a MAC address"],
    [{ clientId: "" }, "clientId has to be a text of visible ASCII characters"],
    [{ board: "b\r\nX: y" }, "board has to be a text of visible ASCII characters"],
    [{ headers: { "X-A": 1 } }, "headers: X-A has to be a text of visible ASCII characters"],
  ])("refuses %j when it is made", (wrong, sentence) => {
    expect(() => make(wrong as object)).toThrow(sentence);
  });
});
