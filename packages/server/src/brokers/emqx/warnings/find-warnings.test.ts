// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type EmqxConfig, emqxSection } from "../../../config/emqx-section.ts";
import type { EmqxState } from "../configure/emqx-state.ts";
import type { JsonObject } from "../management/management-client.ts";
import { type EmqxVersion, judgeVersion } from "../management/read-version.ts";
import { emqxDurationMs } from "./emqx-duration.ts";
import { findWarnings } from "./find-warnings.ts";
import { plannedWarnings } from "./planned-warnings.ts";
import { renderEmqxWarningsDoc } from "./render-emqx-warnings-doc.ts";
import type { WarningInput } from "./warning-rule.ts";
import { warningTable } from "./warning-table.ts";

const url = "http://127.0.0.1:8003/brokers/emqx/authn";
const ours: JsonObject = {
  id: "password_based:http",
  mechanism: "password_based",
  backend: "http",
  enable: true,
  url,
  request_timeout: "5s",
  ssl: { enable: false, verify: "verify_none" },
};
const database: JsonObject = { mechanism: "password_based", backend: "built_in_database", enable: true };
const jwt: JsonObject = {
  id: "jwt",
  mechanism: "jwt",
  use_jwks: false,
  algorithm: "hmac-based",
  secret: "******",
  from: "password",
  verify_claims: { sub: "${clientid}" },
};
const file = (rules: string): JsonObject => ({ type: "file", enable: true, rules });
const tcp: JsonObject = {
  id: "tcp:default",
  type: "tcp",
  name: "default",
  bind: "127.0.0.1:1883",
  enable: true,
  enable_authn: true,
  proxy_protocol: false,
};
const settings: JsonObject = { no_match: "deny", deny_action: "ignore" };

const config = (given: object = {}): EmqxConfig => emqxSection.parse({ url: "http://127.0.0.1:18083", ...given });

function version(given = "5.8.0", more: Partial<EmqxVersion["nodes"][number]>[] = [{}]): EmqxVersion {
  const node = {
    name: "emqx@n1",
    version: given,
    edition: "Opensource",
    isRunning: true,
    uptimeMs: 1000,
    systemPath: "",
  };
  return {
    version: given,
    edition: "Opensource",
    nodes: more.map((each) => ({ ...node, ...each })),
    ...judgeVersion(given),
  };
}

type Given = Partial<Omit<WarningInput, "state">> & { state?: Partial<EmqxState> };

function find({ state, ...more }: Given = {}) {
  const good: EmqxState = {
    authenticators: [ours],
    settings,
    sources: [],
    databaseRules: undefined,
    autoSubscribe: [],
    connectors: [],
    actions: [],
    rules: [],
    ...state,
  };
  return findWarnings({ state: good, listeners: [tcp], version: version(), config: config(), nowMs: 10_000, ...more });
}

const namesOf = (given?: Given) => {
  const { warnings, conflicts } = find(given);
  return [...warnings.map(({ name }) => name), ...conflicts.map(({ name }) => `${name}!`)];
};
const everything = (permission: string): JsonObject => ({ topic: "#", permission, action: "all" });
const own: JsonObject = { topic: "devices/${clientid}/#", permission: "allow", action: "all" };
const ruled = (more: JsonObject, databaseRules: JsonObject[], ...before: JsonObject[]): Given => ({
  state: { databaseRules, sources: [...before, { type: "built_in_database", enable: true, ...more }] },
});
const checking = (given: Given): Given => ({ ...given, config: config({ jwt: { enabled: true } }) });
const chain = (...authenticators: JsonObject[]): Given => ({ state: { authenticators } });

describe("an EMQX", () => {
  it("as it should be gives no warning", () => {
    expect(
      find({
        probe: { isReached: true },
        hasDefaultPassword: false,
        globalZone: { flapping_detect: { enable: false }, mqtt: {} },
      }),
    ).toEqual({
      warnings: [],
      conflicts: [],
    });
  });

  it.each<[string, Given, string[]]>([
    ["without authenticators", chain(), ["empty-chain"]],
    ["with all of them off", chain({ ...ours, enable: false }), ["anonymous-fallback"]],
    ["with a database before ours", chain(database, ours), ["database-answers-first"]],
    ["with a database before ours that is off", chain({ ...database, enable: false }, ours), []],
    ["with a database behind ours", chain(ours, database), ["fallback-authenticator"]],
    ["with a database behind ours that is off", chain(ours, { ...database, enable: false }), []],
    [
      "with somebody else's HTTP authenticator",
      chain({ ...ours, url: "http://a.example/x" }),
      ["foreign-http-authenticator"],
    ],
    ["with ours at an old path", chain({ ...ours, url: "http://127.0.0.1:8003/mqtt/auth" }), []],
    [
      "with another's at that path",
      chain({ ...ours, url: "http://other:9003/mqtt/auth" }),
      ["foreign-http-authenticator"],
    ],
    ["with ours at another address", chain({ ...ours, url: "http://other:9/brokers/emqx/authn" }), []],
    ["that checks tokens by itself", chain(jwt, ours), ["foreign-jwt-authenticator"]],
    ["that checks tokens as it shall", { ...chain(jwt, ours), config: config({ jwt: { enabled: true } }) }, []],
    [
      "that binds no token",
      { ...chain({ ...jwt, verify_claims: {} }, ours), config: config({ jwt: { enabled: true } }) },
      ["unbound-jwt-authenticator"],
    ],
    [
      "that binds a token to itself",
      {
        ...chain({ ...jwt, from: "username", verify_claims: { sub: "${username}" } }, ours),
        config: config({ jwt: { enabled: true } }),
      },
      ["unbound-jwt-authenticator"],
    ],
    [
      "with a listener that asks nobody",
      { listeners: [{ ...tcp, enable_authn: false }] },
      ["listener-without-authentication"],
    ],
    ["with such a listener that is off", { listeners: [{ ...tcp, enable_authn: false, enable: false }] }, []],
    ["with an open plain listener", { listeners: [{ ...tcp, bind: "0.0.0.0:1883" }] }, ["plain-listener-open"]],
    ["with one on a port alone", { listeners: [{ ...tcp, type: "ws", bind: 8083 }] }, ["plain-listener-open"]],
    ["with one on IPv6", { listeners: [{ ...tcp, bind: ":::1883" }] }, ["plain-listener-open"]],
    [
      "with one on loopback",
      {
        listeners: [
          { ...tcp, bind: "[::1]:1883" },
          { ...tcp, bind: "127.5.0.1:1883" },
        ],
      },
      [],
    ],
    ["with an open TLS listener", { listeners: [{ ...tcp, type: "ssl", bind: "0.0.0.0:8883" }] }, []],
    [
      "with the file of a new EMQX",
      { state: { sources: [file('%% x\n{deny, all, subscribe, ["$SYS/#"]}.\n\n{allow, all}.\n%% Note')] } },
      ["allow-all-file-source"],
    ],
    [
      "with a file that only speaks of it",
      { state: { sources: [file("%% Change {allow, all}. \n{deny, all}.")] } },
      [],
    ],
    ["with a file that is off", { state: { sources: [{ ...file("{allow,all}."), enable: false }] } }, []],
    ["with a rule that allows everything", ruled({}, [everything("allow"), own]), ["database-rule-for-everything"]],
    ["with such a rule in a source that is off", ruled({ enable: false }, [everything("allow")]), []],
    [
      "with one that denies before ours",
      checking(ruled({}, [everything("deny"), own])),
      ["database-rule-for-everything"],
    ],
    ["with one that denies behind ours", checking(ruled({}, [own, everything("deny")])), []],
    ["that denies what is left", ruled({}, [everything("deny"), own]), []],
    [
      "with a file that denies everything before our rules",
      checking(ruled({}, [own], file("%% last\n{deny, all}."))),
      ["source-before-rules"],
    ],
    ["with a file that says little", checking(ruled({}, [own], file('{deny, all, subscribe, ["$SYS/#"]}.'))), []],
    ["that asks another database first", checking(ruled({}, [own], { type: "mysql" })), ["source-before-rules"]],
    [
      "that allows what nobody answers",
      { state: { sources: [{ type: "http", enable: true }], settings: { no_match: "allow" } } },
      ["http-authorization-without-no-match-deny"],
    ],
    ["that denies what nobody answers", { state: { sources: [{ type: "http", enable: true }] } }, []],
    ["with the password of every EMQX", { hasDefaultPassword: true }, ["default-dashboard-password"]],
    [
      "that cannot reach us",
      { probe: { isReached: false, said: "connection refused" } },
      ["connack-unreachable-from-emqx"],
    ],
    [
      "in a container that cannot reach us",
      { probe: { isReached: false, said: "x" }, version: version("5.8.0", [{ systemPath: "/opt/emqx" }]) },
      ["connack-unreachable-from-emqx", "loopback-in-container"],
    ],
    [
      "in a container that reaches us",
      { probe: { isReached: true }, version: version("5.8.0", [{ systemPath: "/opt/emqx" }]) },
      [],
    ],
    ["on another machine", { config: config({ url: "http://emqx.example:18083" }) }, ["loopback-in-container"]],
    [
      "on another machine that reaches something",
      { config: config({ url: "http://emqx.example:18083" }), probe: { isReached: true } },
      [],
    ],
    ["whose file took our place", { ...chain(database), lastAppliedMs: 5000 }, ["file-configuration-wins"]],
    ["from which ours was taken away", { ...chain(database), lastAppliedMs: 9500 }, []],
    ["that we never set up", chain(database), []],
    [
      "that asks over https",
      chain({ ...ours, url: url.replace("http:", "https:") }),
      ["connack-certificate-not-checked"],
    ],
    [
      "that asks over https and looks",
      chain({ ...ours, url: url.replace("http:", "https:"), ssl: { enable: true, verify: "verify_peer" } }),
      [],
    ],
    ["that waits too short", chain({ ...ours, request_timeout: "3s" }), ["request-timeout-below-ours"]],
    ["that waits 5 ms", chain({ ...ours, request_timeout: 5 }), ["request-timeout-below-ours"]],
    ["that waits too long", chain({ ...ours, request_timeout: "1m" }), ["request-timeout-above-ours"]],
    [
      "that counts CONNECTs",
      { globalZone: { flapping_detect: { enable: true, max_count: 15, window_time: "1m", ban_time: "5m" } } },
      ["flapping-detection-counts-before-authentication"],
    ],
    [
      "that believes clients",
      { globalZone: { mqtt: { client_attrs_init: [{ expression: "username", set_as_attr: "device" }] } } },
      ["client-attributes-from-client"],
    ],
    [
      "that subscribes by user name",
      { state: { autoSubscribe: [{ topic: "cmd/${username}/#" }] } },
      ["auto-subscribe-by-user-name"],
    ],
    ["that subscribes by client id", { state: { autoSubscribe: [{ topic: "devices/p2p/${clientid}" }] } }, []],
    [
      "that takes other attributes",
      { globalZone: { mqtt: { client_attrs_init: [{ expression: "username", set_as_attr: "u" }] } } },
      [],
    ],
    ["behind a proxy", { addresses: [...Array(30).fill("10.0.0.1"), "10.0.0.2"] }, ["proxy-hides-addresses"]],
    [
      "behind a proxy that tells",
      { addresses: Array(30).fill("10.0.0.1"), listeners: [{ ...tcp, proxy_protocol: true }] },
      [],
    ],
    ["with clients of one house", { addresses: Array(5).fill("10.0.0.1") }, []],
    ["with clients of all places", { addresses: Array.from({ length: 30 }, (_, index) => `10.0.0.${index}`) }, []],
    ["of another version", { version: version("5.10.1") }, ["unknown-version"]],
    ["of 5.7", { version: version("5.7.2") }, ["unknown-version"]],
    ["of 6", { version: version("6.0.0") }, ["unknown-version"]],
    ["that is too old", { version: version("5.6.1") }, ["version-too-old!"]],
    ["that is far too old", { version: version("4.4.19") }, ["version-too-old!"]],
    ["of two versions", { version: version("5.8.0", [{}, { version: "5.8.4" }]) }, ["mixed-versions"]],
    [
      "with a node that is down",
      { version: version("5.8.0", [{}, { isRunning: false, name: "emqx@n2" }]) },
      ["mixed-versions"],
    ],
  ])("%s", (_, given, names) => {
    expect(namesOf(given)).toEqual(names);
    const { warnings, conflicts } = find(given);
    for (const { sentence, next } of [...warnings, ...conflicts]) {
      expect(sentence).toMatch(/^[A-Z].*[.]$/s);
      expect(next).toMatch(/^[a-z].*[^.]$/s);
      expect(`${sentence}${next}`).not.toMatch(/undefined|\[object|NaN/);
    }
  });
});

describe("the table", () => {
  const names = [...warningTable, ...plannedWarnings].map(({ name }) => name);

  it("has one row for each name, fit to be linked to", () => {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const lines = renderEmqxWarningsDoc().split("\n");
    expect(lines).toHaveLength(names.length + 2);
    for (const line of lines.slice(2)) expect(line.match(/(?<!\\)\|/g)).toHaveLength(3);
  });

  it("has what planning warns of", () => {
    const folder = new URL("../configure/", import.meta.url);
    const sources = readdirSync(folder).filter((file) => /(?<!\.test)\.ts$/.test(file));
    const used = sources.flatMap((file) => {
      const text = readFileSync(new URL(file, folder), "utf8");
      return [...text.matchAll(/name: "([a-z]+(?:-[a-z]+)+)",\s+sentence:/g)].map(([, name]) => name);
    });
    expect([...new Set(used)].sort()).toEqual(plannedWarnings.map(({ name }) => name).sort());
  });
});

it("reads durations as EMQX does", () => {
  expect(["5s", "500ms", "1m", "1h30m", 5, "5S"].map((each) => emqxDurationMs(each))).toEqual([
    5000, 500, 60_000, 5_400_000, 5, 5000,
  ]);
  for (const text of ["", "infinity", "5", "5 parsecs", null, undefined]) expect(emqxDurationMs(text)).toBeUndefined();
});
