import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { configKeys } from "./config-keys.ts";
import { type Environment, readEnvironment } from "./read-environment.ts";

const cwd = mkdtempSync(join(tmpdir(), "connack-env-"));
afterAll(() => rmSync(cwd, { recursive: true }));
const secret = randomBytes(24).toString("base64");
const file = (name: string, content: string) => {
  writeFileSync(join(cwd, name), content);
  return name;
};

function valuesOf(env: Environment) {
  const { settings, problems } = readEnvironment(env, cwd);
  expect(problems).toEqual([]);
  return Object.fromEntries(settings.map(({ key, value, source }) => [key.key, { value, source }]));
}

function problemsOf(env: Environment): string[] {
  const read = readEnvironment(env, cwd);
  const texts = read.problems.map(({ place, problem }) => `${place}: ${problem}`);
  for (const text of [...texts, ...read.warnings]) expect(text).not.toContain(secret);
  return texts;
}

describe("readEnvironment reads", () => {
  it("each kind of value", () => {
    expect(
      valuesOf({
        CONNACK_HTTP_BROKERS_PORT: "9003",
        CONNACK_HTTP_BROKERS_ALLOW_FROM: "10.0.0.0/8, ::1",
        CONNACK_BROKERS_EMBEDDED_ENABLED: "False",
        CONNACK_DEVICES_GO_ON_WITHOUT_STORE_FOR: "1h",
        CONNACK_CREDENTIALS_JWT_AUDIENCE: "emqx",
        CONNACK_CREDENTIALS_JWT_REQUIRED_CLAIMS: '{"tenant":"acme","tier":2}',
        CONNACK_CREDENTIALS_JWT_SECRET: ` ${secret}`,
        HOME: "/",
        MQTT_HOST: "somewhere",
      }),
    ).toEqual({
      "http.brokers.port": { value: 9003, source: "CONNACK_HTTP_BROKERS_PORT" },
      "http.brokers.allowFrom": { value: ["10.0.0.0/8", "::1"], source: "CONNACK_HTTP_BROKERS_ALLOW_FROM" },
      "brokers.embedded.enabled": { value: false, source: "CONNACK_BROKERS_EMBEDDED_ENABLED" },
      "devices.goOnWithoutStoreFor": { value: "1h", source: "CONNACK_DEVICES_GO_ON_WITHOUT_STORE_FOR" },
      "credentials.jwt.audience": { value: "emqx", source: "CONNACK_CREDENTIALS_JWT_AUDIENCE" },
      "credentials.jwt.requiredClaims": {
        value: { tenant: "acme", tier: 2 },
        source: "CONNACK_CREDENTIALS_JWT_REQUIRED_CLAIMS",
      },
      "credentials.jwt.secret": { value: ` ${secret}`, source: "CONNACK_CREDENTIALS_JWT_SECRET" },
    });
  });

  it("every key by its own name", () => {
    const samples = {
      text: "a",
      secret: "a",
      number: "1",
      boolean: "true",
      duration: "1s",
      list: "a",
      map: "{}",
      structure: "{}",
      "text or list": "a,b",
    };
    const env = Object.fromEntries([...configKeys.values()].map((key) => [key.environment, samples[key.kind]]));
    expect(Object.keys(valuesOf(env)).sort()).toEqual([...configKeys.keys()].sort());
  });

  it("the other names of two keys", () => {
    expect(valuesOf({ CONNACK_DATA: "/a", MQTT_SIGNATURE_KEY: secret })).toEqual({
      dataDir: { value: "/a", source: "CONNACK_DATA" },
      "credentials.xiaozhiHmac.key": { value: secret, source: "MQTT_SIGNATURE_KEY" },
    });
    expect(valuesOf({ MQTT_SIGNATURE_KEY: secret, CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY: secret })).toEqual({
      "credentials.xiaozhiHmac.key": { value: secret, source: "CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY" },
    });
  });

  it("values from files, without the last line break", () => {
    expect(
      valuesOf({
        MQTT_SIGNATURE_KEY_FILE: file("key", `${secret}\n`),
        CONNACK_CREDENTIALS_JWT_SECRET_FILE: join(cwd, file("jwt", `${secret}\r\n`)),
        CONNACK_HTTP_BROKERS_PORT_FILE: file("port", "9003\n"),
      }),
    ).toEqual({
      "credentials.xiaozhiHmac.key": { value: secret, source: "MQTT_SIGNATURE_KEY_FILE" },
      "credentials.jwt.secret": { value: secret, source: "CONNACK_CREDENTIALS_JWT_SECRET_FILE" },
      "http.brokers.port": { value: 9003, source: "CONNACK_HTTP_BROKERS_PORT_FILE" },
    });
  });

  it("a secret from a file without white space around it, with a warning that does not show it", () => {
    const env = { MQTT_SIGNATURE_KEY_FILE: file("spaced", ` ${secret}\n\n`) };
    expect(valuesOf(env)).toMatchObject({ "credentials.xiaozhiHmac.key": { value: secret } });
    expect(readEnvironment(env, cwd).warnings).toEqual([
      "MQTT_SIGNATURE_KEY_FILE: white space around the value in spaced was removed",
    ]);
    expect(readEnvironment({ MQTT_SIGNATURE_KEY_FILE: file("plain", `${secret}\n`) }, cwd).warnings).toEqual([]);
  });

  it("past what Kubernetes adds for a service called connack", () => {
    expect(
      valuesOf({
        CONNACK_SERVICE_HOST: "10.0.0.1",
        CONNACK_SERVICE_PORT: "8003",
        CONNACK_SERVICE_PORT_BROKERS: "8003",
        CONNACK_PORT: "tcp://10.0.0.1:8003",
        CONNACK_PORT_8003_TCP: "tcp://10.0.0.1:8003",
        CONNACK_PORT_8003_TCP_PROTO: "tcp",
        CONNACK_PORT_8003_TCP_PORT: "8003",
        CONNACK_PORT_8003_TCP_ADDR: "10.0.0.1",
        CONNACK_BROKERS_SERVICE_HOST: "10.0.0.2",
        CONNACK_DATA: undefined,
      }),
    ).toEqual({});
  });
});

describe("readEnvironment refuses", () => {
  it("unknown variables, naming the nearest", () => {
    expect(
      problemsOf({
        CONNACK_DEVICES_ENROLLMENT: "enrol",
        CONNACK_PORT: "8003",
        CONNACK_XYZZY: secret,
        CONNACK_DEVICES_ENROLMENT_FIEL: "x",
        CONNACK_: "",
      }),
    ).toEqual([
      "CONNACK_DEVICES_ENROLLMENT: unknown variable; did you mean `CONNACK_DEVICES_ENROLMENT`?",
      "CONNACK_PORT: unknown variable; did you mean `CONNACK_HTTP_BROKERS_PORT` or `CONNACK_HTTP_ADMIN_PORT` or `CONNACK_BROKERS_EMBEDDED_PORT`?",
      "CONNACK_XYZZY: unknown variable",
      "CONNACK_DEVICES_ENROLMENT_FIEL: unknown variable; did you mean `CONNACK_DEVICES_ENROLMENT_FILE`?",
      "CONNACK_: unknown variable",
    ]);
  });

  it("variables that are set but empty", () => {
    const empty = "is set but empty; give it a value or unset it";
    for (const value of ["", " ", "\n"]) {
      expect(problemsOf({ MQTT_SIGNATURE_KEY: value })).toEqual([`MQTT_SIGNATURE_KEY: ${empty}`]);
      expect(problemsOf({ CONNACK_LOG_LEVEL: value })).toEqual([`CONNACK_LOG_LEVEL: ${empty}`]);
      expect(problemsOf({ MQTT_SIGNATURE_KEY_FILE: value })).toEqual([`MQTT_SIGNATURE_KEY_FILE: ${empty}`]);
      const name = file("empty", value);
      expect(problemsOf({ MQTT_SIGNATURE_KEY_FILE: name })).toEqual([
        "MQTT_SIGNATURE_KEY_FILE: the file empty is empty",
      ]);
      expect(problemsOf({ CONNACK_LOG_LEVEL_FILE: name })).toEqual(["CONNACK_LOG_LEVEL_FILE: the file empty is empty"]);
    }
  });

  it("a variable together with its file, and two names that differ", () => {
    expect(problemsOf({ MQTT_SIGNATURE_KEY: secret, MQTT_SIGNATURE_KEY_FILE: file("same", secret) })).toEqual([
      "MQTT_SIGNATURE_KEY: MQTT_SIGNATURE_KEY_FILE is set too; keep one of them",
    ]);
    expect(
      problemsOf({
        MQTT_SIGNATURE_KEY: secret,
        CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY_FILE: file("other", `x${secret}`),
      }),
    ).toEqual([
      "MQTT_SIGNATURE_KEY: CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY_FILE is set too, to something else; keep one of them",
    ]);
    expect(problemsOf({ CONNACK_DATA: "/a", CONNACK_DATA_DIR: "/b" })).toEqual([
      "CONNACK_DATA: CONNACK_DATA_DIR is set too, to something else; keep one of them",
    ]);
  });

  it("files that cannot be read", () => {
    expect(problemsOf({ MQTT_SIGNATURE_KEY_FILE: "nowhere/key" })).toEqual([
      "MQTT_SIGNATURE_KEY_FILE: the file nowhere/key does not exist",
    ]);
    expect(problemsOf({ MQTT_SIGNATURE_KEY_FILE: "." })).toEqual(["MQTT_SIGNATURE_KEY_FILE: the file . is a folder"]);
  });

  it.each([
    ["CONNACK_HTTP_BROKERS_PORT", "80a", "whole number from 0 to 65535"],
    ["CONNACK_HTTP_BROKERS_PORT", "-1", "whole number from 0 to 65535"],
    ["CONNACK_HTTP_BROKERS_PORT", "0x50", "whole number from 0 to 65535"],
    ["CONNACK_HTTP_BROKERS_PORT", "1".repeat(400), "whole number from 0 to 65535"],
    ["CONNACK_BROKERS_EMBEDDED_ENABLED", "yes", "true or false"],
    ["CONNACK_BROKERS_EMBEDDED_ENABLED", "toString", "true or false"],
    ["CONNACK_HTTP_BROKERS_ALLOW_FROM", "10.0.0.0/8,", "list of IP addresses or CIDR networks"],
    ["CONNACK_CREDENTIALS_JWT_AUDIENCE", "a,,b", "text or list of texts"],
    ["CONNACK_CREDENTIALS_JWT_REQUIRED_CLAIMS", "tenant=acme", "mapping of names to a text, a number or true/false"],
  ])("%s=%.20s", (name, value, expected) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name}: expected ${expected}`]);
  });
});
