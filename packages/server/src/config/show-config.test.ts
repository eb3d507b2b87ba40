import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { configKeys } from "./config-keys.ts";
import { loadConfig } from "./load-config.ts";
import { showConfig } from "./show-config.ts";

const cwd = `${tmpdir()}/connack-no-such-folder`;

describe("showConfig", () => {
  it("shows every key with value and source", () => {
    const env = { CONNACK_HTTP_BROKERS_ALLOW_FROM: "10.0.0.0/8", CONNACK_CREDENTIALS_JWT_LEEWAY: "120" };
    const shown = showConfig(loadConfig({ env, cwd, overrides: { "http.brokers.port": 0 } }));
    expect(shown.map(({ key }) => key)).toEqual([...configKeys.keys()]);
    expect(shown).toContainEqual({ key: "http.brokers.port", value: 0, source: "command line" });
    expect(shown).toContainEqual({ key: "http.brokers.host", value: "127.0.0.1", source: "default" });
    expect(shown).toContainEqual({
      key: "http.brokers.allowFrom",
      value: ["10.0.0.0/8"],
      source: "CONNACK_HTTP_BROKERS_ALLOW_FROM",
    });
    expect(shown).toContainEqual({
      key: "credentials.jwt.leeway",
      value: "2m",
      source: "CONNACK_CREDENTIALS_JWT_LEEWAY",
    });
    expect(shown).toContainEqual({ key: "devices.goOnWithoutStoreFor", value: "15m", source: "default" });
  });

  it("masks secrets, and does not make up one that is not set", () => {
    const secret = randomBytes(24).toString("base64");
    const shown = showConfig(loadConfig({ env: { MQTT_SIGNATURE_KEY: secret }, cwd }));
    expect(shown).toContainEqual({ key: "credentials.xiaozhiHmac.key", value: "(set)", source: "MQTT_SIGNATURE_KEY" });
    expect(shown).toContainEqual({ key: "credentials.jwt.secret", source: "default" });
    expect(JSON.stringify(shown)).not.toContain(secret);
  });
});
