// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHocon } from "../brokers/emqx/files/parse-hocon.ts";
import { loadConfig } from "../config/load-config.ts";
import { openBrokerToken } from "../provisioning/broker-token.ts";
import { openDataFolder } from "../state/data-folder.ts";
import { type CommandContext, type CommandInput, UsageError } from "./command.ts";
import { emqxConfig } from "./emqx-config.ts";

let cwd: string;
let token: string;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "connack-emqx-config-"));
  const folder = await openDataFolder(join(cwd, "connack-data"));
  token = await openBrokerToken(folder);
  await folder.release();
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const secret = randomBytes(24).toString("base64url");

async function run(options: CommandInput["options"], { json = false, yaml = "", stdin = "" } = {}) {
  writeFileSync(join(cwd, "connack.yaml"), `dataDir: ${join(cwd, "connack-data")}\n${yaml}`);
  const written: string[] = [];
  const context = {
    out: (part: string) => written.push(part),
    json,
    readStdin: async () => stdin,
    loadConfig: () => loadConfig({ env: {}, cwd }),
  } as unknown as CommandContext;
  const exit = await emqxConfig.run({ args: [], options }, context);
  return { exit, text: written.join("") };
}

describe("connack emqx config", () => {
  it("prints no secret unless it is told to", async () => {
    const { exit, text } = await run({});
    expect(exit).toBe(0);
    expect(text).not.toContain(token);
    expect(text).toMatch(/^# EMQX as Connack wants it/);
    expect(parseHocon(text)["authorization"]).toMatchObject({ no_match: "deny", sources: [] });
    expect((await run({ showSecrets: true })).text).toContain(`Bearer ${token}`);
    expect((await run({ format: "compose" })).text).not.toContain(token);
  });

  it("writes a file with the token that nobody else can read, and replaces none unasked", async () => {
    const out = join(cwd, "emqx.conf");
    const { text } = await run({ out });
    expect(text).toContain("is written, and holds secrets");
    expect(text).not.toContain(token);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readFileSync(out, "utf8")).toContain(`Bearer ${token}`);
    writeFileSync(out, "mine");
    await expect(run({ out })).rejects.toThrow(UsageError);
    expect(readFileSync(out, "utf8")).toBe("mine");
    await run({ out, force: true, format: "environment" });
    expect(readFileSync(out, "utf8")).toContain("EMQX_AUTHENTICATION=[");
  });

  it("has EMQX ask where Connack listens, also without an EMQX to set up", async () => {
    const urlsOf = async (yaml: string) => {
      const { text } = await run({}, { yaml });
      const [first] = parseHocon(text)["authentication"] as { url: string }[];
      return first?.url;
    };
    expect(await urlsOf("")).toBe("http://127.0.0.1:8003/brokers/emqx/authn");
    expect(await urlsOf("http: {brokers: {port: 9003}}")).toBe("http://127.0.0.1:9003/brokers/emqx/authn");
    expect(await urlsOf("brokers: {emqx: {connackUrl: 'http://connack:8003'}}")).toBe(
      "http://connack:8003/brokers/emqx/authn",
    );
  });

  it("knows that EMQX 5.7 asks for each topic", async () => {
    const sources = async (emqx: string) => {
      const { text } = await run({ emqx });
      return (parseHocon(text)["authorization"] as { sources: unknown[] }).sources.length;
    };
    expect(await Promise.all(["5.7", "v5.7.2", "5.8.4", "6.0"].map(sources))).toEqual([1, 1, 0, 0]);
    for (const emqx of ["5.6.1", "4.4", "five", ""]) await expect(run({ emqx })).rejects.toThrow(UsageError);
  });

  it("needs the data folder", async () => {
    rmSync(join(cwd, "connack-data"), { recursive: true });
    await expect(run({})).rejects.toThrow(/connack-data/);
    expect(existsSync(join(cwd, "connack-data"))).toBe(false);
  });

  it("gives JSON", async () => {
    const { text } = await run({ format: "environment" }, { json: true });
    expect(JSON.parse(text)).toMatchObject({ format: "environment", secrets: false, content: expect.any(String) });
    const out = join(cwd, "x.conf");
    expect(JSON.parse((await run({ out }, { json: true })).text)).toEqual({
      format: "hocon",
      secrets: true,
      file: out,
    });
  });
});

describe("connack emqx config --check", () => {
  const wrong = {
    mechanism: "jwt",
    backend: "built_in_database",
    jwt_secret: secret,
    jwt_from: "password",
    verify_claims: true,
  };

  it("explains the wrong authenticator of many guides, and never shows its secret", async () => {
    const { exit, text } = await run({ check: "-" }, { stdin: JSON.stringify(wrong) });
    expect(exit).toBe(1);
    expect(text).not.toContain(secret);
    expect(text).toMatchInlineSnapshot(`
      "standard input: authenticator 1 (jwt) is not as EMQX 5.8 wants it:
          \`backend\`: a JWT authenticator has none; leave it out.
          \`jwt_secret\` is called \`secret\`.
          \`jwt_from\` is called \`from\`.
          \`use_jwks\` is missing: true or false, and EMQX wants it always.
          \`algorithm\` is missing: \`hmac-based\` or \`public-key\`.
          \`verify_claims\` is no switch: it holds the claims that have to be there,
          such as sub.

      A JWT authenticator looks like this:

      {
        "mechanism": "jwt",
        "use_jwks": false,
        "algorithm": "hmac-based",
        "secret": "<the secret the tokens are signed with>",
        "secret_base64_encoded": false,
        "from": "password",
        "verify_claims": {
          "sub": "\${clientid}"
        },
        "disconnect_after_expire": true,
        "enable": true
      }

      Next: change it so; or let Connack write it: brokers.emqx.jwt.enabled, then
      connack emqx config
      "
    `);
  });

  it("takes what is right, and says what a file means for the API", async () => {
    const right =
      'authentication = [{mechanism = jwt, use_jwks = false, algorithm = "hmac-based", secret = x, verify_claims {sub = "${clientid}"}}]';
    const { exit, text } = await run({ check: "-" }, { stdin: right });
    expect(exit).toBe(0);
    expect(text).toContain("no mistake found in 1 authenticator");
    expect(text).toMatch(/In emqx\.conf that wins at every/);
    const other = await run({ check: "-" }, { stdin: "node {}" });
    expect([other.exit, other.text]).toEqual([0, "standard input: no authenticator is in it.\n"]);
  });

  it("says where it cannot read on", async () => {
    await expect(run({ check: "-" }, { stdin: `a {\n b = "${secret}\n` })).rejects.toThrow(
      /^standard input: line 2: a " is missing/,
    );
    await expect(run({ check: "-" }, { stdin: `{"a":"${secret}` })).rejects.not.toThrow(secret);
    await expect(run({ check: join(cwd, "nothing.conf") })).rejects.toThrow(/is no file/);
  });

  it("gives JSON", async () => {
    const { exit, text } = await run({ check: "-" }, { json: true, stdin: JSON.stringify([wrong]) });
    expect(exit).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      file: "-",
      authenticators: 1,
      setsChain: false,
      findings: [{ place: "authenticator 1 (jwt)" }],
    });
  });
});
