// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "connack-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const secret = randomBytes(32).toString("base64url");
const access = `apiKey: "k${secret}", apiSecret: "${secret}"`;
const url = "http://127.0.0.1:18083";

function load(emqx: string, more = "", env = {}) {
  writeFileSync(join(cwd, "connack.yaml"), `${more}\nbrokers: {emqx: ${emqx}}\n`);
  return loadConfig({ env, cwd });
}

function problemsOf(emqx: string, more = ""): string[] {
  try {
    load(emqx, more);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const texts = error.problems.map(({ place, problem }) => `${place}: ${problem}`);
    for (const text of texts) expect(text).not.toContain(secret);
    return texts;
  }
  return [];
}

describe("an EMQX that Connack sets up", () => {
  it("has defaults that need nothing but where it is, and who may change it", () => {
    expect(load(`{url: "${url}", ${access}}`).config.brokers.emqx).toEqual({
      url,
      apiKey: `k${secret}`,
      apiSecret: secret,
      timeout: 10,
      connackUrl: "http://127.0.0.1:8003",
      requestTimeout: 5,
      connectTimeout: 5,
      poolSize: 8,
      pipelining: 100,
      position: "front",
      otherAuthenticators: "keep",
      denyAction: "ignore",
      authorizationCache: { enabled: true, maxSize: 32, ttl: 60 },
      jwt: { enabled: false, from: "password", verifyClaims: { sub: "${clientid}" } },
      events: { enabled: true, deniedTopics: true },
      autoSubscribe: ["devices/p2p/${clientid}"],
      subscribeMac: true,
      ingest: false,
    });
  });

  it("takes the place of the embedded broker, unless that was asked for", () => {
    const embedded = (more: string, env = {}) => {
      const { config, sources } = load(more, "", env);
      return [config.brokers.embedded.enabled, sources["brokers.embedded.enabled"]];
    };
    const emqx = `{url: "${url}", ${access}}`;
    expect(embedded("{}")).toEqual([true, "default"]);
    expect(embedded(emqx)).toEqual([false, "off, as brokers.emqx.url is set"]);
    const variable = "CONNACK_BROKERS_EMBEDDED_ENABLED";
    expect(embedded(emqx, { [variable]: "true" })).toEqual([true, variable]);
    expect(embedded(`${emqx}, embedded: {enabled: true}`)).toEqual([true, "connack.yaml:2"]);
  });

  it("reaches Connack where that listens", () => {
    const emqx = `{url: "${url}", ${access}}`;
    const reached = (more: string) => load(emqx, more).config.brokers.emqx.connackUrl;
    expect(reached("http: {brokers: {port: 9003}}")).toBe("http://127.0.0.1:9003");
    expect(reached("http: {brokers: {port: 0}}")).toBe("http://127.0.0.1:8003");
    const tls = "tls: {certificateFile: a, keyFile: b}";
    expect(reached(`http: {brokers: {${tls}}}`)).toBe("https://127.0.0.1:8003");
    // Who has no EMQX is told nothing about it.
    expect(load("{}", "http: {brokers: {port: 9003}}").sources["brokers.emqx.connackUrl"]).toBe("default");
    const own = load(`${emqx.slice(0, -1)}, connackUrl: "http://connack:8003"}`, "http: {brokers: {port: 9003}}");
    expect(own.config.brokers.emqx.connackUrl).toBe("http://connack:8003");
  });

  it("has variables, and files for its secrets", () => {
    writeFileSync(join(cwd, "secret"), `${secret}\n`);
    const env = {
      CONNACK_BROKERS_EMQX_URL: url,
      CONNACK_BROKERS_EMQX_USERNAME: "admin",
      CONNACK_BROKERS_EMQX_PASSWORD_FILE: "secret",
      CONNACK_BROKERS_EMQX_AUTO_SUBSCRIBE: "a/${clientid},b/${username}/#",
      CONNACK_BROKERS_EMQX_JWT_VERIFY_CLAIMS: '{"name":"${username}"}',
      CONNACK_BROKERS_EMQX_JWT_RULES: '[{"permission":"allow","action":"all","topic":"a/#","qos":1}]',
    };
    expect(loadConfig({ env, cwd }).config.brokers.emqx).toMatchObject({
      username: "admin",
      password: secret,
      autoSubscribe: ["a/${clientid}", "b/${username}/#"],
      jwt: {
        verifyClaims: { name: "${username}" },
        rules: [{ permission: "allow", action: "all", topics: ["a/#"], qos: [1] }],
      },
    });
  });

  it.each([
    "{}",
    `{url: "https://emqx.example:18084/base", caFile: ca.pem, username: admin, password: "${secret}"}`,
    "{connackUrl: 'https://connack:8003', connackCaFile: ca.pem}",
    `{url: "${url}", ${access}, jwt: {enabled: true, secret: "${secret}"}}`,
    "{jwt: {enabled: true, publicKeyFile: a.pem, verifyClaims: {x: 'd-${clientid}', iss: me}}}",
    "{jwt: {enabled: true, jwksUrl: 'https://id.example/jwks', from: username}}",
    "{jwt: {enabled: true, jwksUrl: 'https://id.example/jwks', verifyClaims: {u: '${username}'}, rules: [{permission: allow, action: all, topic: 'u/${username}/#'}]}, autoSubscribe: ['u/${username}']}",
    "{jwt: {secret: x}}",
    "{authorizationCache: {enabled: false, ttl: 0s}}",
    "{autoSubscribe: []}",
  ])("may be set up so: %s", (emqx) => {
    expect(problemsOf(emqx)).toEqual([]);
  });

  const jwks = "enabled: true, jwksUrl: 'http://127.0.0.1:8005/jwks'";
  it.each([
    [`{url: "127.0.0.1:18083", ${access}}`, "`brokers.emqx.url` is no http or https URL"],
    [`{url: "mqtt://127.0.0.1", ${access}}`, "`brokers.emqx.url` is no http or https URL"],
    [`{url: "http://a:${secret}@emqx", ${access}}`, "`brokers.emqx.url` holds a user name or password"],
    [`{url: "http://emqx/?key=${secret}", ${access}}`, "`brokers.emqx.url` has a query or fragment"],
    ["{connackUrl: connack:8003}", "`brokers.emqx.connackUrl` is no http or https URL"],
    ["{connackUrl: 'http://a/${clientid}'}", "`brokers.emqx.connackUrl` holds a placeholder"],
    [`{url: "${url}", caFile: ca.pem, ${access}}`, "`brokers.emqx.caFile` needs an https `brokers.emqx.url`"],
    [
      "{connackUrl: 'http://connack:8003', connackCaFile: ca.pem}",
      "`brokers.emqx.connackCaFile` needs an https `brokers.emqx.connackUrl`",
    ],
    [`{url: "${url}"}`, "`brokers.emqx.url` needs `brokers.emqx.apiKey` and `brokers.emqx.apiSecret`, or"],
    [`{url: "${url}", apiKey: a}`, "`brokers.emqx.apiKey` needs `brokers.emqx.apiSecret`"],
    [`{url: "${url}", apiSecret: ${secret}}`, "`brokers.emqx.apiSecret` needs `brokers.emqx.apiKey`"],
    [`{url: "${url}", username: a}`, "`brokers.emqx.username` needs `brokers.emqx.password`"],
    [`{url: "${url}", password: ${secret}}`, "`brokers.emqx.password` needs `brokers.emqx.username`"],
    [`{url: "${url}", ${access}, username: a}`, "an API key and a dashboard user are both set"],
    [`{url: "${url}", apiKey: a, password: ${secret}}`, "an API key and a dashboard user are both set"],
    ["{apiKey: a}", "`brokers.emqx.apiKey` needs `brokers.emqx.url`"],
    ...["timeout", "requestTimeout", "connectTimeout"].map((name) => [
      `{${name}: 0}`,
      `\`brokers.emqx.${name}\` is 0: give it at least 1s`,
    ]),
    ["{authorizationCache: {ttl: 0}}", "`brokers.emqx.authorizationCache.ttl` is 0"],
    [
      `{autoSubscribe: [${Array.from({ length: 21 }, (_, index) => `a${index}`).join(",")}]}`,
      "`brokers.emqx.autoSubscribe` has 21 topics; EMQX takes 20",
    ],
    ["{autoSubscribe: [a, a]}", "`brokers.emqx.autoSubscribe` has a topic twice"],
    ["{autoSubscribe: ['a/${mac}']}", "`brokers.emqx.autoSubscribe`: expected list of at most 20 topic filters"],
    ["{autoSubscribe: ['a/#/b']}", "`brokers.emqx.autoSubscribe`: expected list of at most 20 topic filters"],
    [
      `{jwt: {secret: "${secret}", jwksUrl: "http://a"}}`,
      "`brokers.emqx.jwt.secret` and `brokers.emqx.jwt.jwksUrl` are set: EMQX checks tokens with one of them",
    ],
    [
      "{jwt: {enabled: true}}",
      "`brokers.emqx.jwt.enabled` needs a key: `brokers.emqx.jwt.secret`, `brokers.emqx.jwt.publicKeyFile`, `brokers.emqx.jwt.jwksUrl` or `credentials.jwt.secret`",
    ],
    ["{jwt: {enabled: true, secret: aaaa}}", "`brokers.emqx.jwt.secret`: The key has 4 bytes"],
    ["{jwt: {enabled: true, jwksUrl: jwks.json}}", "`brokers.emqx.jwt.jwksUrl` is no http or https URL"],
    [`{jwt: {${jwks}, verifyClaims: {}}}`, "`brokers.emqx.jwt.verifyClaims` binds no token to its client"],
    [`{jwt: {${jwks}, verifyClaims: {iss: me}}}`, "`brokers.emqx.jwt.verifyClaims` binds no token to its client"],
    [
      `{jwt: {${jwks}, verifyClaims: {sub: "\${clientid}\${username}"}}}`,
      "`brokers.emqx.jwt.verifyClaims` binds no token to its client",
    ],
    [
      `{jwt: {${jwks}, from: username, verifyClaims: {sub: "\${username}"}}}`,
      "`brokers.emqx.jwt.verifyClaims` binds no token to its client, so that any token could use any name: have a claim equal ${clientid}, such",
    ],
    [
      `{jwt: {${jwks}, verifyClaims: {sub: "\${user}"}}}`,
      "`brokers.emqx.jwt.verifyClaims` holds a placeholder that EMQX does not fill in",
    ],
    [
      `{jwt: {${jwks}, verifyClaims: {sub: "\${username}"}}}`,
      "`brokers.emqx.jwt.verifyClaims` does not bind ${clientid}, which",
    ],
    [
      `{autoSubscribe: ["a/\${username}"], jwt: {${jwks}}}`,
      "`brokers.emqx.jwt.verifyClaims` does not bind ${username}, which",
    ],
    ["{jwt: {verifyClaims: {sub: 5}}}", "`brokers.emqx.jwt.verifyClaims`: expected mapping of names to texts"],
    ["{jwt: {rules: []}}", "`brokers.emqx.jwt.rules`: rules is empty"],
    [
      "{jwt: {rules: [{permission: allow, action: all, topic: 'a/${deviceId}'}]}}",
      "`brokers.emqx.jwt.rules[0].topics[0]`: a topic is a topic filter with ${clientid} or ${username} in it",
    ],
    ["{jwt: {rules: [{permision: allow}]}}", "`brokers.emqx.jwt.rules[0]`: unknown key permision"],
    ["{urll: a}", "unknown key `urll`; did you mean `url`?"],
  ] as [string, string][])("may not be set up so: %s", (emqx, problem) => {
    const found = problemsOf(emqx);
    expect(found.map((text) => text.replace(/^connack\.yaml:2(:\d+)?: /, "").slice(0, problem.length))).toEqual([
      problem,
    ]);
  });

  it("may check tokens with the secret that Connack has, also with a weak one where that was allowed", () => {
    expect(problemsOf("{jwt: {enabled: true}}", `credentials: {jwt: {secret: "${secret}"}}`)).toEqual([]);
    expect(problemsOf("{jwt: {enabled: true, secret: aaaa}}", "credentials: {allowWeakKey: true}")).toEqual([]);
  });

  it("is warned of when what it is told can be read on the way", () => {
    const warnings = (connackUrl: string) =>
      load(`{url: "${url}", ${access}, connackUrl: "${connackUrl}"}`).warnings.join();
    expect(warnings("http://auth.example.org:8003")).toContain("is plain http to another machine");
    for (const fine of ["https://auth.example.org", "http://connack:8003", "http://10.0.0.7:8003", "http://[::1]:8003"])
      expect(warnings(fine)).toBe("");
  });
});
