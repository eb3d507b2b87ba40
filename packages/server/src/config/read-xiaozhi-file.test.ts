import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readXiaozhiFile } from "./read-xiaozhi-file.ts";

const key = `K${randomBytes(16).toString("hex")}`;

function read(...lines: string[]) {
  const { settings, warnings, doubtfulKey } = readXiaozhiFile(lines.join("\n"), "data/.config.yaml");
  for (const text of [...warnings, doubtfulKey?.problem]) expect(text ?? "").not.toContain(key);
  return {
    values: Object.fromEntries(settings.map((setting) => [setting.key.key, setting.value])),
    sources: settings.map(({ source }) => source),
    warnings,
    doubt: doubtfulKey && `${doubtfulKey.place}: ${doubtfulKey.problem}`,
  };
}

const nothing = { values: {}, sources: [], warnings: [], doubt: undefined };

describe("readXiaozhiFile takes", () => {
  it("key, gateway and log level, and passes over the rest", () => {
    expect(
      read(
        "server:",
        "  ip: 0.0.0.0",
        "  websocket: ws://你的ip:8000/xiaozhi/v1/",
        "  mqtt_gateway: 192.0.2.7:1883",
        `  mqtt_signature_key: ${key}`,
        "  timezone_offset: +8",
        "log:",
        "  log_level: WARNING",
        "prompt: |",
        "  你是小智",
      ),
    ).toEqual({
      values: {
        "credentials.xiaozhiHmac.key": key,
        "xiaozhi.gateway.host": "192.0.2.7",
        "xiaozhi.gateway.port": 1883,
        "log.level": "warn",
      },
      sources: ["data/.config.yaml:5", "data/.config.yaml:4", "data/.config.yaml:4", "data/.config.yaml:8"],
      warnings: [],
      doubt: undefined,
    });
  });

  it("the gateway as the object of the EMQX fork", () => {
    const gateway = (members: string) => read(`server: {mqtt_gateway: {${members}}}`).values;
    expect(gateway("enabled: true, broker: mqtt.example.org, port: 1884, udp_port: 8884")).toEqual({
      "xiaozhi.gateway.host": "mqtt.example.org",
      "xiaozhi.gateway.port": 1884,
      "xiaozhi.gateway.udpPort": 8884,
    });
    expect(gateway("broker: mqtt.example.org")).toEqual({
      "xiaozhi.gateway.host": "mqtt.example.org",
      "xiaozhi.gateway.port": 1883,
    });
    expect(gateway("enabled: false, broker: mqtt.example.org")).toEqual({});
  });

  it.each([
    ["DEBUG", "debug"],
    ["info", "info"],
    ["SUCCESS", "info"],
    ["ERROR", "error"],
    ["CRITICAL", "error"],
  ])("log level %s as %s", (theirs, ours) => {
    expect(read(`log: {log_level: ${theirs}}`).values).toEqual({ "log.level": ours });
  });

  it.each([
    "",
    "# nothing",
    "server:",
    "server: {mqtt_gateway: null, mqtt_signature_key: null}",
    "server: {mqtt_gateway: , mqtt_signature_key: }",
    "server: {mqtt_gateway: '', mqtt_signature_key: ''}",
    "server: {mqtt_gateway: 'null'}",
    "other: 1",
  ])("nothing from %j", (text) => expect(read(text)).toEqual(nothing));
});

describe("readXiaozhiFile warns and goes on", () => {
  it("when the key was never filled in", () => {
    expect(read("server:", "  mqtt_signature_key: 'null'").warnings).toEqual([
      "data/.config.yaml:2:23: mqtt_signature_key is the text null, so it is taken as not set",
    ]);
    expect(read("server: {mqtt_signature_key: 你的密钥}").warnings).toEqual([
      "data/.config.yaml:1:30: mqtt_signature_key is still a placeholder, so it is taken as not set",
    ]);
  });

  it("when gateway or level are of no use", () => {
    for (const gateway of ["[a]", "12", "a b", "你的ip:1883", "{broker: }", "{port: 1}"]) {
      const { values, warnings } = read(`server: {mqtt_gateway: ${gateway}, mqtt_signature_key: ${key}}`);
      expect(values, gateway).toMatchObject({ "credentials.xiaozhiHmac.key": key });
      expect(values, gateway).not.toHaveProperty(["xiaozhi.gateway.host"]);
      expect(warnings, gateway).toHaveLength(1);
    }
    expect(read("log: {log_level: LOUD}").warnings).toEqual([
      "data/.config.yaml:1:18: log_level is none of TRACE, DEBUG, INFO, SUCCESS, WARN, WARNING, ERROR, CRITICAL, FATAL; not used",
    ]);
  });

  it("when the file is broken and has no key", () => {
    expect(read("server:", "\tip: 1")).toEqual({
      ...nothing,
      warnings: ["data/.config.yaml:2:1: a tab cannot indent in YAML; use spaces; nothing is taken from this file"],
    });
    expect(read("- a").warnings).toHaveLength(1);
  });

  it("not at all when an unrelated key is there twice, which Python lets pass", () => {
    expect(read("plugins: 1", "plugins: 2", "server: {port: 1, port: 2}", `log: {log_level: INFO}`)).toMatchObject({
      values: { "log.level": "info" },
      warnings: [],
      doubt: undefined,
    });
  });
});

describe("readXiaozhiFile cannot tell the key", () => {
  it("when the file is broken", () => {
    expect(read("server:", `  mqtt_signature_key: ${key}`, "\tip: 1")).toMatchObject({
      values: {},
      doubt: expect.stringMatching(/^data\/\.config\.yaml:3:1: .*mqtt_signature_key cannot be read$/),
    });
    expect(read(`server: {mqtt_signature_key: "${key}`).doubt).toBeDefined();
  });

  it("when two differ", () => {
    const doubt = "mqtt_signature_key is there twice, with different values";
    expect(read("server:", `  mqtt_signature_key: ${key}`, "  mqtt_signature_key: other").doubt).toBe(
      `data/.config.yaml:2:23: ${doubt}`,
    );
    expect(read(`server: {mqtt_signature_key: ${key}}`, "server: {port: 1}").doubt).toBe(
      `data/.config.yaml:1:30: ${doubt}`,
    );
    expect(read(`server: {mqtt_signature_key: ${key}, mqtt_signature_key: ${key}}`)).toMatchObject({
      values: { "credentials.xiaozhiHmac.key": key },
      doubt: undefined,
    });
  });

  it("when it is not text for Python", () => {
    for (const [value, kind] of [
      ["1234567890123456", "number"],
      ["yes", "boolean"],
      ["12:30:45", "number"],
      ["[a]", "object"],
    ]) {
      expect(read(`server: {mqtt_signature_key: ${value}}`).doubt).toBe(
        `data/.config.yaml:1:30: mqtt_signature_key is read as a ${kind}, not as text; put the value in quotes`,
      );
    }
  });
});
