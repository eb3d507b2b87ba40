// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { configSchema } from "../../../config/config-schema.ts";
import { type DesiredInput, desiredState } from "../configure/desired-state.ts";
import type { Json, JsonObject } from "../management/management-client.ts";
import { fileConfiguration } from "./file-configuration.ts";
import { HoconProblem, parseHocon } from "./parse-hocon.ts";
import { renderFiles } from "./render-files.ts";
import { renderHocon } from "./render-hocon.ts";

const brokerToken = randomBytes(32).toString("base64url");
/** With all that could end a text. */
const jwtSecret = `a"b\\c$d'e#f${randomBytes(16).toString("hex")}`;

function input(emqx: object = {}, ownSecret?: string): DesiredInput {
  const credentials = ownSecret === undefined ? {} : { jwt: { secret: ownSecret } };
  const config = configSchema.parse({ brokers: { emqx }, credentials });
  return { emqx: config.brokers.emqx, ownJwt: config.credentials.jwt, brokerToken, asksPerTopic: false };
}

const all = input({ jwt: { enabled: true, secret: jwtSecret }, ingest: true });

/** `{a.b: 1}` as `{a: {b: 1}}`. */
function nested(values: ReadonlyMap<string, Json>): JsonObject {
  const root: JsonObject = {};
  for (const [path, value] of values) {
    const names = path.split(".");
    const last = names.pop() ?? path;
    let at = root;
    for (const name of names) {
      at[name] ??= {};
      at = at[name] as JsonObject;
    }
    at[last] = value;
  }
  return root;
}

const wanted = (given: DesiredInput) => fileConfiguration(desiredState(given));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("a file for EMQX", () => {
  it("in HOCON is what is wanted, read back", () => {
    const text = renderFiles(all, { format: "hocon", showSecrets: true });
    expect(plain(parseHocon(text))).toEqual(nested(wanted(all)));
    expect(text).toContain(`authorization = "Bearer ${brokerToken}"`);
    expect(text).toContain('clientid = "${clientid}"');
    expect(text).toContain('"content-type" = "application/json"');
  });

  it("as variables is the same, one to a line", () => {
    const text = renderFiles(all, { format: "environment", showSecrets: true });
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const values = wanted(all);
    expect(lines).toHaveLength(values.size);
    for (const [path, value] of values) {
      const name = `EMQX_${path.replaceAll(".", "__").toUpperCase()}`;
      const [line = ""] = lines.filter((each) => each.startsWith(`${name}=`));
      expect(JSON.parse(line.slice(name.length + 1)), name).toEqual(value);
    }
  });

  it("for compose is the same once Compose has read it", () => {
    const text = renderFiles(all, { format: "compose", showSecrets: true });
    const { environment } = parseYaml(text).services.emqx;
    const values = wanted(all);
    expect(Object.keys(environment)).toHaveLength(values.size);
    for (const [path, value] of values) {
      const given: string = environment[`EMQX_${path.replaceAll(".", "__").toUpperCase()}`];
      expect(given.replaceAll("$$", "")).not.toContain("$");
      expect(JSON.parse(given.replaceAll("$$", "$"))).toEqual(value);
    }
  });

  it("has no source that allows all, and none that is not asked", () => {
    expect(wanted(input()).get("authorization.sources")).toEqual([]);
    expect(wanted(input()).get("authorization.no_match")).toBe("deny");
    const forOlder = wanted({ ...input(), asksPerTopic: true }).get("authorization.sources");
    expect(forOlder).toMatchObject([{ type: "http", url: "http://127.0.0.1:8003/brokers/emqx/authz" }]);
    expect(wanted(all).get("authorization.sources")).toEqual([{ type: "built_in_database", enable: true }]);
    expect([...wanted(input({ events: { enabled: false }, autoSubscribe: [] })).keys()]).toEqual([
      "authentication",
      "authorization.no_match",
      "authorization.deny_action",
      "authorization.cache",
      "authorization.sources",
    ]);
  });
});

it("a file names the place of the CA, which EMQX reads itself", () => {
  const place = "/opt/emqx/etc/certs/connack-ca.pem";
  const given = { ...input({ connackUrl: "https://connack:8003" }), connackCa: place };
  const ssl = { enable: true, verify: "verify_peer", cacertfile: place };
  expect(wanted(given).get("authentication")).toMatchObject([{ ssl }]);
  expect(wanted(given).get("connectors.http.connack")).toMatchObject({ ssl });
  expect(renderFiles(given, { format: "hocon", showSecrets: false })).toContain(
    `# EMQX reads the CA of our certificate from ${place}`,
  );
});

describe("our secrets", () => {
  it.each(["hocon", "environment", "compose"] as const)("stay out of %s unless they are wanted", (format) => {
    for (const given of [all, input({ jwt: { enabled: true } }, jwtSecret)]) {
      const hidden = renderFiles(given, { format, showSecrets: false });
      expect(hidden).not.toContain(brokerToken);
      expect(hidden).not.toContain(jwtSecret.slice(-20));
      expect(hidden).toContain("CONNACK_BROKER_TOKEN is the broker-token of the data folder");
      expect(hidden).not.toMatch(/[\ue000-\uf8ff]/);
      const shown = renderFiles(given, { format, showSecrets: true });
      expect(shown).toContain(brokerToken);
      expect(shown).toContain(jwtSecret.slice(-20));
      expect(shown).not.toMatch(/CONNACK_(BROKER_TOKEN|JWT_SECRET)/);
    }
  });

  it("are filled in by Compose, and by nobody else", () => {
    const compose = parseYaml(renderFiles(all, { format: "compose", showSecrets: false })).services.emqx.environment;
    expect(compose.EMQX_AUTHENTICATION).toContain('"Bearer ${CONNACK_BROKER_TOKEN:?}"');
    expect(compose.EMQX_AUTHENTICATION).toContain('"$${clientid}"');
    const hocon = renderFiles(all, { format: "hocon", showSecrets: false });
    expect(hocon).toContain('secret = "${CONNACK_JWT_SECRET}"');
    expect(hocon).toContain("EMQX fills in none of this");
    expect(hocon).toContain("no file can hold");
  });
});

describe("HOCON", () => {
  it("is read as EMQX's files have it", () => {
    const text = `
      # a comment
      node { name = "emqx@127.0.0.1", cookie = secret }   // another
      listeners.tcp.default { bind = "0.0.0.0:1883" }
      listeners.tcp.default.enable = false
      authentication = [
        { mechanism = jwt, use_jwks : true
          verify_claims { sub = "\${clientid}" } },
        {mechanism=password_based
         "quoted key": 5, rate = -1.5, list = [a, b c, "d" "e"]}
      ]
      a = """x "y" z"""
      path = \${EMQX_ETC_DIR}/acl.conf
      none = null, empty {}
      include "other.conf"
    `;
    expect(plain(parseHocon(text))).toEqual({
      node: { name: "emqx@127.0.0.1", cookie: "secret" },
      listeners: { tcp: { default: { bind: "0.0.0.0:1883", enable: false } } },
      authentication: [
        { mechanism: "jwt", use_jwks: true, verify_claims: { sub: "${clientid}" } },
        { mechanism: "password_based", "quoted key": 5, rate: -1.5, list: ["a", "b c", "de"] },
      ],
      a: 'x "y" z',
      path: "${EMQX_ETC_DIR}/acl.conf",
      none: null,
      empty: {},
    });
    expect(plain(parseHocon('\ufeff{"a":{"b":[1,"\\u00fc"]}}'))).toEqual({ a: { b: [1, "ü"] } });
    expect(plain(parseHocon(""))).toEqual({});
  });

  it.each(["a {", "a = [1", 'a = "x', "a", "= 1", "} a", 'a = """x', `a = ${"[".repeat(1000)}`, "a {\n\n} }"])(
    "that is none is told by its line: %j",
    (text) => {
      expect(() => parseHocon(text)).toThrow(HoconProblem);
    },
  );

  it.each([
    ["lists", "[", "]"],
    ["objects", "{a=", "}"],
  ])("is read only so deep: %s", (_, open, close) => {
    const nest = (depth: number) => `a = ${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(() => parseHocon(nest(30))).not.toThrow();
    for (const depth of [50, 200_000]) expect(() => parseHocon(nest(depth))).toThrow("nested too deeply");
  });

  it("names the line", () => {
    try {
      parseHocon("a = 1\nb {\n  c\n}\n");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ line: 3, message: "a key has no value" });
    }
  });

  it("makes nothing of names that mean something to JavaScript", () => {
    const read = parseHocon("__proto__ { polluted = true }\nconstructor = 1");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(read)).toEqual(["__proto__", "constructor"]);
  });

  it("is written so that it reads back, whatever the texts hold", () => {
    const values = new Map<string, Json>([
      ["a.b", { text: 'x"\\\n# // ${y} {', "odd key": [1, "a,b", true], deep: [[{ a: [] }], {}], nothing: null }],
    ]);
    expect(plain(parseHocon(renderHocon(values)))).toEqual(nested(values));
  });
});
