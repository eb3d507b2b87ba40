import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { configKeys } from "./config-keys.ts";
import { configSchema } from "./config-schema.ts";
import { type LoadConfigOptions, loadConfig } from "./load-config.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "connack-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const newSecret = () => randomBytes(24).toString("base64");

function write(path: string, ...lines: string[]): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), lines.join("\n"));
}

const load = (options: Partial<LoadConfigOptions> = {}) => loadConfig({ env: {}, cwd, ...options });

function problemsOf(options: Partial<LoadConfigOptions> = {}): string[] {
  try {
    load(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message.split("\n")).toHaveLength(error.problems.length);
    return error.problems.map(({ place, problem }) => `${place}: ${problem}`);
  }
  return [];
}

describe("loadConfig", () => {
  it("gives the defaults where nothing is configured, and touches nothing", () => {
    const { config, sources, warnings } = load();
    expect(config).toEqual(configSchema.parse({}));
    expect(config.credentials.jwt.leeway).toBe(30);
    expect(config.devices.goOnWithoutStoreFor).toBe(900);
    expect(Object.keys(sources)).toEqual([...configKeys.keys()]);
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
    expect(warnings).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("lets the stronger source win, key by key, and says which it was", () => {
    write("data/.config.yaml", "log: {log_level: DEBUG}", "server: {mqtt_gateway: 192.0.2.7}");
    const sourceOfLevel = (options: Partial<LoadConfigOptions>) => {
      const { config, sources } = load(options);
      return [config.log.level, sources["log.level"]];
    };
    expect(sourceOfLevel({})).toEqual(["debug", "data/.config.yaml:1"]);
    write("connack.yaml", "# first line", "log:", "  level: warn", "http: {brokers: {port: 9003}}");
    expect(sourceOfLevel({})).toEqual(["warn", "connack.yaml:3"]);
    const env = { CONNACK_LOG_LEVEL: "error" };
    expect(sourceOfLevel({ env })).toEqual(["error", "CONNACK_LOG_LEVEL"]);
    expect(sourceOfLevel({ env, overrides: { "log.level": "trace" } })).toEqual(["trace", "command line"]);
    const { config, sources } = load({ env });
    expect(config.http.brokers).toMatchObject({ port: 9003, host: "127.0.0.1" });
    expect(config.xiaozhi.gateway).toEqual({ host: "192.0.2.7", port: 8883 });
    expect(sources).toMatchObject({
      "http.brokers.port": "connack.yaml:4",
      "http.brokers.host": "default",
      "xiaozhi.gateway.host": "data/.config.yaml:2",
    });
  });

  it("takes the signature key in order of precedence, and warns of a different one", () => {
    const [first, second, third, fourth] = [newSecret(), newSecret(), newSecret(), newSecret()];
    const keyOf = (options: Partial<LoadConfigOptions>) => {
      const { config, sources, warnings } = load(options);
      for (const warning of warnings)
        for (const key of [first, second, third, fourth]) expect(warning).not.toContain(key);
      return [config.credentials.xiaozhiHmac.key, sources["credentials.xiaozhiHmac.key"], warnings];
    };
    write("data/.config.yaml", "server:", `  mqtt_signature_key: ${fourth}`);
    expect(keyOf({})).toEqual([fourth, "data/.config.yaml:2", []]);
    write("connack.yaml", `credentials: {xiaozhiHmac: {key: "${third}"}}`);
    const another = "another `credentials.xiaozhiHmac.key` than that of";
    const ofXiaozhi = "data/.config.yaml:2:23";
    expect(keyOf({})).toEqual([third, "connack.yaml:1", [`${ofXiaozhi}: ${another} connack.yaml:1, which is used`]]);
    expect(keyOf({ env: { MQTT_SIGNATURE_KEY: second } })).toEqual([
      second,
      "MQTT_SIGNATURE_KEY",
      ["connack.yaml:1:34", ofXiaozhi].map((place) => `${place}: ${another} MQTT_SIGNATURE_KEY, which is used`),
    ]);
    expect(keyOf({ overrides: { "credentials.xiaozhiHmac.key": first } }).slice(0, 2)).toEqual([first, "command line"]);
    expect(keyOf({ env: { MQTT_SIGNATURE_KEY: fourth } }).at(2)).toHaveLength(1);
  });

  it("reads values of the command line as text or as they are", () => {
    const { config } = load({
      overrides: {
        "http.brokers.port": 0,
        "brokers.embedded.port": "0",
        "brokers.embedded.enabled": "false",
        "credentials.allowWeakKey": true,
        "devices.goOnWithoutStoreFor": "1h",
        "http.brokers.allowedHosts": "a,b",
        "log.level": undefined,
      },
    });
    expect(config).toMatchObject({
      http: { brokers: { port: 0, allowedHosts: ["a", "b"] } },
      brokers: { embedded: { port: 0, enabled: false } },
      credentials: { allowWeakKey: true },
      devices: { goOnWithoutStoreFor: 3600 },
      log: { level: "info" },
    });
    expect(problemsOf({ overrides: { "log.levle": "info", "log.level": 3, "http.brokers.port": "x", "": 1 } })).toEqual(
      [
        "command line: unknown key `log.levle`; did you mean `level`?",
        "command line: `http.brokers.port`: expected whole number from 0 to 65535",
        "command line: unknown key ``",
        "command line: `log.level`: expected trace, debug, info, warn or error",
      ],
    );
  });

  it("collects the problems of all sources", () => {
    write("connack.yaml", "\ufefflog:\r", "  levle: info\r", "devices: {enrolment: maybe}\r", "");
    expect(problemsOf({ env: { CONNACK_LOG_FORMAT: "xml", MQTT_SIGNATURE_KEY: "null" } })).toEqual([
      "connack.yaml:2:3: unknown key `levle`; did you mean `level`?",
      'MQTT_SIGNATURE_KEY: `credentials.xiaozhiHmac.key` is the word that programs write for "not set"; give it a value or remove it',
      "CONNACK_LOG_FORMAT: `log.format`: expected auto, json or pretty",
      "connack.yaml:3:22: `devices.enrolment`: expected enrol, approve or refuse",
    ]);
  });

  it("shows a bounded number of problems in its message", () => {
    write("connack.yaml", ...Array.from({ length: 30 }, (_, index) => `unknown${index}: 1`));
    try {
      load();
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).problems).toHaveLength(30);
      expect((error as ConfigError).message).toMatch(/^connack\.yaml:1:1: .*\nand 10 more$/s);
      expect((error as ConfigError).message.split("\n")).toHaveLength(21);
    }
  });
});

describe("the file", () => {
  it("has to be there if it was named", () => {
    expect(problemsOf({ file: "my.yaml" })).toEqual(["my.yaml: the file does not exist"]);
    write("deep/my.yaml", "log: {level: warn}");
    write("connack.yaml", "log: {level: error}");
    expect(load({ file: "deep/my.yaml" }).sources["log.level"]).toBe("deep/my.yaml:1");
    expect(load({ file: join(cwd, "deep/my.yaml") }).config.log.level).toBe("warn");
  });

  it("is refused when it cannot be read", () => {
    mkdirSync(join(cwd, "connack.yaml"));
    expect(problemsOf()).toEqual(["connack.yaml: the file is a folder"]);
  });

  it("is not overlooked under its other name", () => {
    write("connack.yml", "devices: {enrolment: refuse}");
    expect(problemsOf()).toEqual(["connack.yml: this file is not read; rename it to connack.yaml"]);
    write("connack.yaml", "log: {level: warn}");
    expect(problemsOf()).toEqual([]);
  });
});

describe("the xiaozhi file", () => {
  it("may be somewhere else, and then has to be there", () => {
    const key = newSecret();
    write("elsewhere.yaml", `server: {mqtt_signature_key: "${key}"}`);
    const env = { CONNACK_XIAOZHI_CONFIG_FILE: "elsewhere.yaml" };
    expect(load({ env }).config.credentials.xiaozhiHmac.key).toBe(key);
    write("connack.yaml", "xiaozhi: {configFile: nowhere.yaml}");
    expect(problemsOf()).toEqual(["connack.yaml:1:23: the file nowhere.yaml does not exist"]);
  });

  it("stops the start only when it leaves the signature key open", () => {
    write("data/.config.yaml", "server:", "  mqtt_signature_key: 12345678901234567890");
    const problem =
      "data/.config.yaml:2:23: mqtt_signature_key is read as a number, not as text; put the value in quotes";
    expect(problemsOf()).toEqual([`${problem}; repair it, or set \`credentials.xiaozhiHmac.key\``]);
    expect(load({ env: { MQTT_SIGNATURE_KEY: newSecret() } }).warnings).toEqual([`${problem}; it is not used`]);
    expect(load({ overrides: { "credentials.xiaozhiHmac.enabled": false } }).warnings).toHaveLength(1);
    write("data/.config.yaml", "server:", "\tport: 1");
    expect(load().warnings).toEqual([
      "data/.config.yaml:2:1: a tab cannot indent in YAML; use spaces; nothing is taken from this file",
    ]);
  });

  it("counts as open when it cannot be read", () => {
    mkdirSync(join(cwd, "data/.config.yaml"), { recursive: true });
    expect(problemsOf()).toEqual([
      "data/.config.yaml: the file is a folder; repair it, or set `credentials.xiaozhiHmac.key`",
    ]);
  });

  it("is never written, nor is anything beside it", () => {
    write("data/.config.yaml", "log: {log_level: INFO}");
    chmodSync(join(cwd, "data/.config.yaml"), 0o400);
    chmodSync(join(cwd, "data"), 0o500);
    load();
    expect(readdirSync(join(cwd, "data"))).toEqual([".config.yaml"]);
    chmodSync(join(cwd, "data"), 0o700);
  });
});

describe("keys that have to fit together", () => {
  it("refuses a Base64 secret that is none", () => {
    const env = { CONNACK_CREDENTIALS_JWT_SECRET_ENCODING: "base64" };
    for (const secret of [
      randomBytes(32).toString("hex").slice(1),
      "no base64!",
      randomBytes(32).toString("base64url"),
    ]) {
      expect(problemsOf({ env: { ...env, CONNACK_CREDENTIALS_JWT_SECRET: `${secret}_` } })).toEqual([
        "CONNACK_CREDENTIALS_JWT_SECRET: `credentials.jwt.secret` is not standard padded Base64, though `credentials.jwt.secretEncoding` says base64",
      ]);
    }
    expect(problemsOf({ env: { ...env, CONNACK_CREDENTIALS_JWT_SECRET: randomBytes(32).toString("base64") } })).toEqual(
      [],
    );
  });

  it("refuses two listeners on one port", () => {
    write("connack.yaml", "http: {brokers: {port: 1883}}");
    const problem = "`brokers.embedded.port` is the port of `http.brokers.port`; give them different ones";
    expect(problemsOf()).toEqual([`connack.yaml:1: ${problem}`]);
    expect(problemsOf({ env: { CONNACK_BROKERS_EMBEDDED_ENABLED: "false" } })).toEqual([]);
    expect(problemsOf({ env: { CONNACK_BROKERS_EMBEDDED_HOST: "127.0.0.2" } })).toEqual([]);
    const free = { "http.brokers.port": 0, "brokers.embedded.port": 0 };
    expect(problemsOf({ overrides: free })).toEqual([]);
  });

  it("warns when every address may ask", () => {
    const allow = (network: string) => load({ env: { CONNACK_HTTP_BROKERS_ALLOW_FROM: network } }).warnings;
    for (const network of ["0.0.0.0/0", "::/0"]) expect(allow(network)).toHaveLength(1);
    for (const network of ["10.0.0.0/8", "10.0.0.0/10", "0.0.0.0"]) expect(allow(network)).toEqual([]);
  });
});

describe("no secret", () => {
  it("shows in any problem or warning, wherever it was put", () => {
    const secret = newSecret().replace(/[^a-z0-9]/gi, "x");
    const texts: string[] = [];
    for (const key of configKeys.values()) {
      const names = key.key.split(".");
      const yaml = names.map((name, depth) => `${"  ".repeat(depth)}${name}:`).join("\n");
      for (const value of [
        secret,
        `"${secret} "`,
        `[${secret}]`,
        `{a: ${secret}}`,
        `*${secret}`,
        `"${secret}`,
        `\n\t${secret}`,
      ]) {
        write("connack.yaml", `${yaml} ${value}`);
        write(
          "data/.config.yaml",
          `server: {mqtt_signature_key: ${value}, mqtt_gateway: ${value}}`,
          `log: {log_level: ${value}}`,
        );
        for (const options of [{}, { env: { [key.environment]: secret } }, { overrides: { [key.key]: secret } }]) {
          try {
            texts.push(...load(options).warnings);
          } catch (error) {
            // the name of a file is no secret, and has to be told when the file is missing
            if (!/configFile/.test(key.key)) texts.push((error as Error).message);
          }
        }
      }
    }
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) expect(text).not.toContain(secret);
  });
});
