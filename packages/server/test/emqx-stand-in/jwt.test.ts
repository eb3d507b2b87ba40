// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders are what is configured
import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawMqtt } from "../emqx-recorded/raw-mqtt.ts";
import { http, type ScriptedServer, startScriptedServer } from "../emqx-recorded/scripted-server.ts";
import { type StandIn, startStandIn } from "./start-stand-in.ts";

type Claims = Record<string, unknown>;

const secret = randomBytes(24).toString("base64url");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const now = () => Math.floor(Date.now() / 1000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function hmacToken(claims: Claims, alg: "HS256" | "HS384" | "HS512" = "HS256", key = secret): string {
  const text = `${encode({ alg, typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${createHmac(`sha${alg.slice(2)}`, key)
    .update(text)
    .digest("base64url")}`;
}

function rsaToken(claims: Claims): string {
  const text = `${encode({ alg: "RS256", kid: "unknown" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

const hmac = { mechanism: "jwt", use_jwks: false, algorithm: "hmac-based", secret };
const yes = ["20020000", "2016000013270010000021002025012a01290122ffff2801"];
const badClaims = ["20020004", "2003008600"];
const noToken = ["20020005", "2003008700"];
const user = { iss: "me" };

interface Case {
  name: string;
  token: () => string | undefined;
  codes: string[];
  username?: string;
  clientId?: string;
}

/** Rows of the recording, by the authenticator they were made with. */
const tables: [string, object, Case[]][] = [
  [
    "from password",
    hmac,
    [
      { name: "no exp", token: () => hmacToken(user), codes: yes },
      { name: "exp in a minute", token: () => hmacToken({ exp: now() + 60 }), codes: yes },
      { name: "expired", token: () => hmacToken({ exp: now() - 60 }), codes: badClaims },
      { name: "exp is now", token: () => hmacToken({ exp: now() }), codes: badClaims },
      { name: "exp as text", token: () => hmacToken({ exp: String(now() + 60) }), codes: yes },
      { name: "exp as text in the past", token: () => hmacToken({ exp: String(now() - 60) }), codes: badClaims },
      { name: "exp a float", token: () => hmacToken({ exp: now() + 60.5 }), codes: noToken },
      { name: "nbf in a minute", token: () => hmacToken({ nbf: now() + 60 }), codes: badClaims },
      { name: "nbf past", token: () => hmacToken({ nbf: now() - 60 }), codes: yes },
      { name: "iat in a minute", token: () => hmacToken({ iat: now() + 60 }), codes: yes },
      { name: "a bad signature", token: () => hmacToken(user, "HS256", "other"), codes: noToken },
      { name: "a cut signature", token: () => hmacToken(user).slice(0, -4), codes: noToken },
      { name: "alg none", token: () => `${encode({ alg: "none" })}.${encode(user)}.`, codes: noToken },
      { name: "HS384", token: () => hmacToken(user, "HS384"), codes: yes },
      { name: "HS512", token: () => hmacToken(user, "HS512"), codes: yes },
      { name: "no JWT", token: () => "hello", codes: noToken },
      { name: "two dots", token: () => "a.b.c", codes: noToken },
      { name: "an empty password", token: () => "", codes: noToken },
      { name: "no password", token: () => undefined, codes: noToken, username: "u" },
      { name: "a malformed acl", token: () => hmacToken({ acl: [{ permission: "perhaps" }] }), codes: badClaims },
      { name: "an empty acl", token: () => hmacToken({ acl: [] }), codes: yes },
    ],
  ],
  [
    "verify_claims",
    { ...hmac, verify_claims: { iss: "me", aud: "you" } },
    [
      { name: "both right", token: () => hmacToken({ iss: "me", aud: "you" }), codes: yes },
      { name: "iss wrong", token: () => hmacToken({ iss: "it", aud: "you" }), codes: badClaims },
      { name: "aud wrong", token: () => hmacToken({ iss: "me", aud: "they" }), codes: badClaims },
      { name: "aud a list", token: () => hmacToken({ iss: "me", aud: ["you"] }), codes: badClaims },
      { name: "iss missing", token: () => hmacToken({ aud: "you" }), codes: badClaims },
    ],
  ],
  [
    "placeholders",
    {
      ...hmac,
      verify_claims: [
        { name: "c", value: "${clientid}" },
        { name: "u", value: "${username}" },
      ],
    },
    [
      { name: "both right", token: () => hmacToken({ c: "5", u: "u" }), codes: yes, clientId: "5", username: "u" },
      {
        name: "another client",
        token: () => hmacToken({ c: "6", u: "u" }),
        codes: badClaims,
        clientId: "5",
        username: "u",
      },
      { name: "a number", token: () => hmacToken({ c: 5, u: "u" }), codes: badClaims, clientId: "5", username: "u" },
      { name: "a missing claim", token: () => hmacToken({ u: "u" }), codes: badClaims, clientId: "5", username: "u" },
    ],
  ],
  [
    "a Base64 secret",
    { ...hmac, secret: Buffer.from(secret).toString("base64"), secret_base64_encoded: true },
    [{ name: "signed with what it stands for", token: () => hmacToken(user), codes: yes }],
  ],
  [
    "a public key",
    {
      mechanism: "jwt",
      use_jwks: false,
      algorithm: "public-key",
      public_key: publicKey.export({ format: "pem", type: "spki" }),
    },
    [
      { name: "RS256", token: () => rsaToken(user), codes: yes },
      { name: "RS256 expired", token: () => rsaToken({ exp: now() - 5 }), codes: badClaims },
      {
        name: "HS256 with it as secret",
        token: () => hmacToken(user, "HS256", String(publicKey.export({ format: "pem", type: "spki" }))),
        codes: noToken,
      },
    ],
  ],
];

async function connack(node: StandIn, version: 4 | 5, { token, username, clientId }: Case): Promise<string> {
  const password = token();
  const { client, connack: answer } = await RawMqtt.connect(node.listeners.tcp, {
    protocolVersion: version,
    clientId: clientId ?? "c",
    ...(username === undefined && password === undefined ? {} : { username: username ?? "u" }),
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  });
  await client.cut();
  return answer;
}

describe.each(tables)("jwt: %s", (_name, authenticator, cases) => {
  let node: StandIn;
  beforeAll(async () => {
    node = await startStandIn({ authenticators: [authenticator] });
  });
  afterAll(() => node.close());

  test.each(cases)("$name", async (one) => {
    expect([await connack(node, 4, one), await connack(node, 5, one)]).toEqual(one.codes);
  });
});

describe("jwt beside others", () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256" }] });
    const result = (body: string) => /"username":"(\w*)"/.exec(body)?.[1] ?? "ignore";
    server = await startScriptedServer(({ head, body }) => ({
      send: http(200, head.startsWith("GET") ? jwks : JSON.stringify({ result: result(body) })),
    }));
  });
  afterAll(() => server.stop());

  const asked = (username: string, token: () => string, codes: string[]): Case => ({
    name: username,
    token,
    codes,
    username,
  });
  const good = () => hmacToken(user);
  const late = () => hmacToken({ exp: 1 });
  const bad = () => hmacToken(user, "HS256", "other");

  test.each<[string, boolean, Case, number]>([
    ["jwt first: valid, http not asked", true, asked("deny", good, yes), 0],
    ["jwt first: expired ends the chain", true, asked("allow", late, badClaims), 0],
    ["jwt first: a bad signature goes on to http", true, asked("allow", bad, yes), 1],
    ["jwt first: a bad signature, http denies", true, asked("deny", bad, noToken), 1],
    ["http first: deny ends the chain", false, asked("deny", good, noToken), 1],
    ["http first: ignored, jwt decides", false, asked("ignore", good, yes), 1],
    ["http first: ignored, a bad token", false, asked("ignore", bad, noToken), 1],
  ])("%s", async (_name, jwtFirst, one, requests) => {
    const web = {
      mechanism: "password_based",
      backend: "http",
      method: "post",
      url: `http://127.0.0.1:${server.port}/`,
      body: { username: "${username}" },
    };
    const node = await startStandIn({ authenticators: jwtFirst ? [hmac, web] : [web, hmac] });
    server.seen.length = 0;
    expect(await connack(node, 5, one)).toBe(one.codes[1]);
    expect(server.seen).toHaveLength(requests);
    await node.close();
  });

  test("a key set is fetched by each worker, and keys are tried whatever kid says", async () => {
    server.seen.length = 0;
    const endpoint = `http://127.0.0.1:${server.port}/jwks.json`;
    const node = await startStandIn({ authenticators: [{ mechanism: "jwt", use_jwks: true, endpoint }] });
    await expect
      .poll(() =>
        connack(
          node,
          4,
          asked("u", () => rsaToken(user), yes),
        ),
      )
      .toBe(yes[0]);
    expect(server.seen).toHaveLength(8);
    await node.close();
  });

  test("an expired client is cut at that second, or keeps its connection without its rules", async () => {
    for (const disconnects of [true, false]) {
      const node = await startStandIn({ authenticators: [{ ...hmac, disconnect_after_expire: disconnects }] });
      const acl = [{ permission: "deny", action: "all", topic: "#" }];
      const token = hmacToken({ exp: now() + 2, acl });
      const { client } = await RawMqtt.connect(node.listeners.tcp, {
        protocolVersion: 5,
        clientId: "x",
        username: "u",
        password: Buffer.from(token),
      });
      const publish = (messageId: number) =>
        client.send({
          cmd: "publish",
          topic: `t/${messageId}`,
          qos: 1,
          retain: false,
          dup: false,
          payload: "x",
          messageId,
        });
      publish(1);
      expect(await client.next()).toBe("400400018700");
      if (disconnects) expect([await client.next(), await client.next()]).toEqual(["e0028700", "closed:FIN"]);
      else {
        await new Promise((resolve) => setTimeout(resolve, 2100));
        publish(2);
        expect(await client.next()).toBe("400400021000");
      }
      await client.cut();
      await node.close();
    }
  });
});
