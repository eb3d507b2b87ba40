import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const load = (overrides: Record<string, unknown>) => loadConfig({ env: {}, cwd: "/nowhere", overrides });

describe.each(["brokers", "admin"])("http.%s", (listener) => {
  it.each([
    ["certificateFile", "keyFile"],
    ["keyFile", "certificateFile"],
  ])("%s needs %s", (one, other) => {
    const key = `http.${listener}.tls.${one}`;
    const problem = `command line: \`${key}\` needs \`http.${listener}.tls.${other}\``;
    expect(() => load({ [key]: "a.pem" })).toThrow(
      new ConfigError([{ place: "command line", problem: problem.slice(14) }]),
    );
    expect(() => load({ [key]: "a.pem", [`http.${listener}.tls.${other}`]: "b.pem" })).not.toThrow();
  });

  it("warns of proxies that are everybody", () => {
    const key = `http.${listener}.trustedProxies`;
    expect(load({ [key]: "::/0" }).warnings).toEqual([
      `command line: \`${key}\` lets every caller say which address it has`,
    ]);
    expect(load({ [key]: "10.0.0.0/8" }).warnings).toEqual([]);
  });
});

it("warns of brokers that are everybody", () => {
  expect(load({ "http.brokers.allowFrom": "10.0.0.1,0.0.0.0/0" }).warnings).toEqual([
    "command line: `http.brokers.allowFrom` lets every address try credentials on /mqtt/auth",
  ]);
});
