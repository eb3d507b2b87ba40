import { describe, expect, it } from "vitest";
import { configKeys, configSections, environmentName } from "./config-keys.ts";
import { isHostName, isNetwork } from "./config-leaf.ts";
import { configSchema } from "./config-schema.ts";

describe("configKeys", () => {
  it("describes every key, with its type", () => {
    for (const [name, key] of configKeys) {
      expect(key.key).toBe(name);
      expect(key.description, name).toMatch(/^[A-Z0-9].*\.$/s);
      expect(key.schema.description, name).toBe(key.description);
      expect(key.type, name).not.toBe("");
    }
  });

  it("covers the whole schema: each default is where its key says", () => {
    const tree = configSchema.parse({}) as unknown;
    const found: string[] = [];
    const collect = (value: unknown, path: string): void => {
      if (configSections.has(path) || path === "") {
        for (const [name, part] of Object.entries(value as object))
          collect(part, path === "" ? name : `${path}.${name}`);
      } else found.push(path);
    };
    collect(tree, "");
    expect(found.sort()).toEqual(
      [...configKeys.values()]
        .filter((key) => "default" in key)
        .map((key) => key.key)
        .sort(),
    );
  });

  it("accepts the defaults it names", () => {
    for (const key of configKeys.values()) {
      if (key.default !== undefined)
        expect(key.schema.safeParse(key.default), key.key).toMatchObject({ success: true });
    }
  });

  it("gives each key variables of its own, also with _FILE", () => {
    const names = [...configKeys.values()].flatMap(({ environment, alsoEnvironment }) => [
      environment,
      alsoEnvironment,
    ]);
    const all = names.filter((name) => name !== undefined).flatMap((name) => [name, `${name}_FILE`]);
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ["http.brokers.port", "CONNACK_HTTP_BROKERS_PORT"],
    ["devices.enrolmentPerMinute", "CONNACK_DEVICES_ENROLMENT_PER_MINUTE"],
    ["credentials.xiaozhiHmac.key", "CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY"],
    ["dataDir", "CONNACK_DATA_DIR"],
  ])("%s is %s", (key, variable) => {
    expect(environmentName(key)).toBe(variable);
    expect(configKeys.get(key)?.environment).toBe(variable);
  });

  it("knows which keys are secrets", () => {
    const secrets = [...configKeys.values()].filter(({ kind }) => kind === "secret").map(({ key }) => key);
    expect(secrets).toEqual([
      "brokers.emqx.apiKey",
      "brokers.emqx.apiSecret",
      "brokers.emqx.password",
      "brokers.emqx.jwt.secret",
      "credentials.xiaozhiHmac.key",
      "credentials.jwt.secret",
    ]);
    for (const key of configKeys.values()) {
      if (/(key|secret|password|token)$/i.test(key.key) && key.kind !== "boolean")
        expect(key.kind, key.key).toBe("secret");
    }
  });
});

describe("items of lists", () => {
  it.each(["10.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32", "0.0.0.0/0", "::/0", "2001:db8::1/128"])(
    "%s is a network",
    (item) => expect(isNetwork(item)).toBe(true),
  );
  it.each([
    "",
    "10.0.0.0/33",
    "2001:db8::/129",
    "10.0.0/8",
    "example.org",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "10.0.0.0/x",
    "1.2.3.4/-1",
  ])("%s is no network", (item) => expect(isNetwork(item)).toBe(false));
  it.each(["localhost", "auth.example.org", "connack_1", "x"])("%s is a host name", (item) => {
    expect(isHostName(item)).toBe(true);
  });
  it.each(["", "http://a", "a:8003", "a/b", "a b", "-a", ".a", "a".repeat(254), "*"])("%s is no host name", (item) => {
    expect(isHostName(item)).toBe(false);
  });
});
