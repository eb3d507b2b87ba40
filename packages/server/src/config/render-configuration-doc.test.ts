import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { configKeys } from "./config-keys.ts";
import { describeConfig } from "./describe-config.ts";
import { loadConfig } from "./load-config.ts";
import { readYamlSettings } from "./read-yaml-settings.ts";
import { exampleFile, renderConfigurationDoc } from "./render-configuration-doc.ts";
import { problemOfSetting } from "./setting.ts";

describe("describeConfig", () => {
  it("has a row for each key", () => {
    const rows = describeConfig();
    expect(rows.map(({ key }) => key)).toEqual([...configKeys.keys()]);
    expect(rows.find(({ key }) => key === "credentials.xiaozhiHmac.key")).toEqual({
      key: "credentials.xiaozhiHmac.key",
      type: "secret text",
      default: "",
      environmentVariable: "CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY",
      alsoEnvironmentVariable: "MQTT_SIGNATURE_KEY",
      isLive: true,
      description: "Signature key, the same text as server.mqtt_signature_key of the xiaozhi server.",
    });
    expect(rows.find(({ key }) => key === "devices.goOnWithoutStoreFor")).toMatchObject({
      type: "duration",
      default: "15m",
    });
  });

  it("names variables that are read", () => {
    for (const { environmentVariable, default: value } of describeConfig()) {
      if (value === "" || value === "[]" || value === "data/.config.yaml") continue;
      const loaded = loadConfig({ env: { [environmentVariable]: value }, cwd: `${tmpdir()}/connack-no-such-folder` });
      expect(Object.values(loaded.sources)).toContain(environmentVariable);
    }
  });
});

describe("renderConfigurationDoc", () => {
  const doc = renderConfigurationDoc();

  it("has a line for each key, with default and variable", () => {
    for (const { key, default: value, environmentVariable, isLive, takenBy } of describeConfig()) {
      const lines = doc.split("\n").filter((line) => line.startsWith(`| \`${key}\` |`));
      expect(lines, key).toHaveLength(1);
      expect(lines[0]).toContain(`\`${environmentVariable}\``);
      if (value !== "") expect(lines[0]).toContain(`| \`${value.replaceAll("|", "\\|")}\` |`);
      expect(lines[0]?.match(/(?<!\\)\|/g)).toHaveLength(5);
      expect(lines[0]).toContain(takenBy ? `| \`${takenBy}\` |` : isLive ? "| reload |" : "| start |");
    }
  });

  it("shows an example that loads", () => {
    expect(doc).toContain(exampleFile.trimEnd());
    const { settings, problems } = readYamlSettings(exampleFile, "connack.yaml");
    expect(problems).toEqual([]);
    expect(settings.length).toBeGreaterThan(5);
    for (const setting of settings) expect(problemOfSetting(setting)).toBeUndefined();
  });

  it("names only keys and variables that exist", () => {
    const keys = doc.matchAll(/`((?:http|brokers|credentials|devices|log|xiaozhi)\.[A-Za-z.]+)`/g);
    const known = [...configKeys.keys(), ...[...configKeys.keys()].map((key) => key.slice(0, key.lastIndexOf(".")))];
    for (const [, key] of keys) if (key !== "log.log_level") expect(known).toContain(key);
    const variables = [...doc.matchAll(/`(CONNACK_[A-Z_]+|MQTT_[A-Z_]+)`/g)].map(([, name]) => name);
    const names = describeConfig().flatMap((row) => [row.environmentVariable, row.alsoEnvironmentVariable]);
    for (const variable of variables) expect(names).toContain(variable);
  });
});
