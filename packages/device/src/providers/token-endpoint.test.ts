import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mintJwt } from "@connack/credentials";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CredentialsRefused } from "../device-credentials.ts";
import { credentialsRequest } from "../testing/credentials-request.ts";
import { type HttpService, jsonAnswer, startHttpService } from "../testing/http-service.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { keyPairJwt } from "./key-pair-jwt.ts";
import { type TokenEndpointOptions, tokenEndpoint } from "./token-endpoint.ts";

const now = 1_800_000_000;
const secret = `s+${randomBytes(16).toString("hex")} ü`;
const token = randomBytes(32).toString("hex");
let service: HttpService;
beforeAll(async () => {
  service = await startHttpService();
});
afterAll(() => service.stop());
beforeEach(() => {
  service.asked.length = 0;
  service.answer = jsonAnswer(200, { access_token: token, token_type: "Bearer", expires_in: 600 });
});

const make = (options: Partial<TokenEndpointOptions> = {}) =>
  tokenEndpoint({ url: `${service.origin}/token`, deviceId: "sensor-1", ...options });
const get = async (options: Partial<TokenEndpointOptions> = {}, request = credentialsRequest({ nowSeconds: now })) =>
  make(options).get(request);
const failure = (options?: Partial<TokenEndpointOptions>) => get(options).then(String, (error: Error) => error);
const form = (at = 0) => Object.fromEntries(new URLSearchParams(service.asked.at(at)?.body));

describe("tokenEndpoint asks", () => {
  it("with a form, and gives the token as password", async () => {
    const provider = make();
    expect(provider).toMatchObject({ name: `token endpoint ${new URL(service.origin).host}`, needsClock: false });
    const names = { clientId: "sensor-1", username: "sensor-1" };
    expect(await provider.get(credentialsRequest({ nowSeconds: now }))).toEqual({
      ...names,
      password: token,
      expiresAt: now + 600,
    });
    const [asked] = service.asked;
    expect(asked).toMatchObject({ method: "POST", url: "/token" });
    expect(asked?.headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    });
    expect(form()).toEqual({ grant_type: "client_credentials", client_id: "sensor-1" });
  });

  it("with a client secret as HTTP Basic, encoded as a form is first (RFC 6749 §2.3.1)", async () => {
    await get({ deviceId: "a:b ü", clientSecret: secret });
    const [kind, basic = ""] = service.asked[0]?.headers.authorization?.split(" ") ?? [];
    const [id, password] = Buffer.from(basic, "base64").toString().split(":");
    const decoded = (text = "") => new URLSearchParams(`x=${text}`).get("x");
    expect([kind, decoded(id), decoded(password)]).toEqual(["Basic", "a:b ü", secret]);
    expect(form()).toEqual({ grant_type: "client_credentials" });
  });

  it("with a client secret in the form", async () => {
    await get({ clientSecret: secret, clientSecretIn: "body" });
    expect(form()).toEqual({ grant_type: "client_credentials", client_id: "sensor-1", client_secret: secret });
    expect(service.asked[0]?.headers.authorization).toBeUndefined();
  });

  it("with a bearer token", async () => {
    await get({ bearer: token });
    expect(service.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it("with an assertion that the device signs itself, new each time (RFC 7523 §2.2)", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const assertion = keyPairJwt({
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      algorithm: "ES256",
      deviceId: "sensor-1",
      issuer: "sensor-1",
      audience: `${service.origin}/token`,
      lifetimeSeconds: 60,
    });
    const provider = make({ assertion });
    expect(provider.needsClock).toBe(true);
    await provider.get(credentialsRequest({ nowSeconds: now }));
    const { client_assertion: jwt = "", ...rest } = form();
    expect(rest).toEqual({
      grant_type: "client_credentials",
      client_id: "sensor-1",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    const options = { issuer: "sensor-1", audience: `${service.origin}/token`, currentDate: new Date(now * 1000) };
    expect((await jwtVerify(jwt, publicKey, options)).payload.sub).toBe("sensor-1");
    let count = 0;
    const own = make({ assertion: () => `assertion-${++count}` });
    expect(own.needsClock).toBe(false);
    for (const n of [1, 2]) {
      await own.get(credentialsRequest());
      expect(form(-1)["client_assertion"]).toBe(`assertion-${n}`);
    }
  });

  it("with more parameters and headers, which may change the grant", async () => {
    await get({ parameters: { grant_type: "device", scope: "mqtt" }, headers: { "X-Tenant": "t1" } });
    expect(form()).toEqual({ grant_type: "device", scope: "mqtt", client_id: "sensor-1" });
    expect(service.asked[0]?.headers["x-tenant"]).toBe("t1");
  });

  it("for the names that MQTT is to see", async () => {
    const request = credentialsRequest({ clientId: "of-the-device" });
    expect(await get({ username: "u" }, request)).toMatchObject({ clientId: "of-the-device", username: "u" });
    expect(await get({ clientId: "c" }, request)).toMatchObject({ clientId: "c", username: "sensor-1" });
    expect(await tokenEndpoint({ url: service.origin, clientId: "c" }).get(request)).toMatchObject({
      clientId: "c",
      username: "c",
    });
  });
});

describe("tokenEndpoint reads", () => {
  const jwt = (exp: number) => mintJwt({ claims: { exp }, algorithm: "HS256", key: randomBytes(32) });

  it("the expiry: of the answer, of the token, or the earlier of both", async () => {
    const answers: [answer: object, expiresAt: number | undefined][] = [
      [{ access_token: await jwt(now + 300) }, now + 300],
      [{ access_token: await jwt(now + 300), expires_in: 600 }, now + 300],
      [{ access_token: await jwt(now + 900), expires_in: 600 }, now + 600],
      [{ access_token: token, expires_in: "600" }, now + 600],
      [{ access_token: token, expires_in: null }, undefined],
      [{ access_token: token }, undefined],
    ];
    for (const [answer, expiresAt] of answers) {
      service.answer = jsonAnswer(200, answer);
      expect((await get()).expiresAt).toBe(expiresAt);
    }
  });

  it("the time of the server, by which the lifetime then counts", async () => {
    service.answer = jsonAnswer(
      200,
      { access_token: token, expires_in: 600 },
      { date: "Thu, 15 Jan 2026 08:00:00 GMT" },
    );
    const serverSeconds = Date.UTC(2026, 0, 15, 8) / 1000;
    let nowSeconds = 60;
    const request = {
      ...credentialsRequest(),
      heardTime(ms: number) {
        nowSeconds = ms / 1000;
      },
    };
    Object.defineProperty(request, "nowSeconds", { get: () => nowSeconds });
    expect((await get({}, request)).expiresAt).toBe(serverSeconds + 600);
  });

  it.each([
    [400, { error: "invalid_grant", error_description: "revoked\u001b[2J" }, "HTTP 400, invalid_grant (revoked [2J)"],
    [401, { error: "invalid_client" }, "HTTP 401, invalid_client"],
    [403, { error: 7 }, "HTTP 403, no reason given"],
    [404, "no object", "HTTP 404, no reason given"],
    [201, { access_token: token }, "HTTP 201, no reason given"],
    [200, {}, "the answer has no access_token"],
    [200, [], "the answer has no access_token"],
    [200, { access_token: token, expires_in: -1 }, "the answer has an expires_in that is no number of seconds"],
    [200, { access_token: token, expires_in: "soon" }, "the answer has an expires_in that is no number of seconds"],
  ])("HTTP %i %j as a refusal", async (status, answer, sentence) => {
    service.answer = jsonAnswer(status, answer);
    expect(await failure()).toEqual(new CredentialsRefused(sentence));
    expect(await failure()).toBeInstanceOf(CredentialsRefused);
  });

  it.each([
    [500, {}],
    [503, { error: "invalid_client" }],
    [429, {}],
    [408, {}],
    [400, { error: "temporarily_unavailable" }],
    [400, { error: "slow_down" }],
  ])("HTTP %i %j as something that passes", async (status, answer) => {
    service.answer = jsonAnswer(status, answer);
    const error = await failure();
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(CredentialsRefused);
    expect((error as Error).message).toMatch(`HTTP ${status}`);
  });

  it("nothing of its secret, also where the endpoint sends it back", async () => {
    const ways: Partial<TokenEndpointOptions>[] = [
      { clientSecret: secret },
      { clientSecret: secret, clientSecretIn: "body" },
      { bearer: token },
      { assertion: () => token },
    ];
    service.answer = (response, { body, headers }) => {
      const echo = `${secret} ${headers.authorization} ${new URLSearchParams(body).get("client_assertion")}`;
      jsonAnswer(400, { error: "invalid_client", error_description: echo })(response, { body } as never);
    };
    for (const way of ways) {
      const error = (await failure(way)) as Error;
      const basic = Buffer.from(`sensor-1:${new URLSearchParams({ "": secret }).toString().slice(1)}`).toString(
        "base64",
      );
      expect(error.message).toContain("(secret)");
      for (const hidden of [Object.hasOwn(way, "clientSecret") ? secret : token, basic]) {
        expect(error.message).not.toContain(hidden);
        expect(shownEverywhere(make(way))).not.toContain(hidden);
      }
    }
  });
});

describe("tokenEndpoint ends", () => {
  it("where nobody listens, with the host and why", async () => {
    const gone = await startHttpService();
    await gone.stop();
    const host = new URL(gone.origin).host;
    const error = await failure({ url: `${gone.origin}/token?key=hidden` });
    expect(error).toEqual(new Error(`${host}: connect ECONNREFUSED ${host}`));
    expect(error).not.toBeInstanceOf(CredentialsRefused);
  });

  it("when nobody waits any more", async () => {
    service.answer = () => {}; // never
    const waiting = new AbortController();
    const getting = get({}, credentialsRequest({ signal: waiting.signal }));
    await expect.poll(() => service.asked.length).toBe(1);
    const reason = new Error("no answer within 30 s");
    waiting.abort(reason);
    await expect(getting).rejects.toBe(reason);
  });

  it("at a redirect, with which a secret would travel", async () => {
    service.answer = (response) => response.writeHead(307, { location: `${service.origin}/elsewhere` }).end();
    expect(String(await failure({ clientSecret: secret }))).toMatch("unexpected redirect");
    expect(service.asked.length).toBe(1);
  });

  it("at an answer that does not end", async () => {
    let sent = 0;
    service.answer = (response) => {
      const more = () => {
        let goesOn = sent < 1e9;
        while (goesOn && !response.destroyed) {
          goesOn = response.write("x".repeat(16_384));
          sent += 16_384;
        }
      };
      response.on("drain", more);
      more();
    };
    expect(String(await failure())).toMatch("the answer has more than 65536 bytes");
    expect(sent).toBeLessThan(1e8);
  });
});

describe("tokenEndpoint refuses when it is made", () => {
  it.each([
    [{ url: "token" }, "url is no absolute URL"],
    [{ url: "ftp://127.0.0.1/" }, "url has to begin with https: or http:"],
    [{ url: "https://user@example.org/" }, "url may not hold a user name or password"],
    [{ url: "https://:pass@example.org/" }, "url may not hold a user name or password"],
    [{ url: "http://example.org/token" }, "url has to begin with https:, or set allowInsecure"],
    [{ url: "http://127.0.0.1.example.org/token" }, "url has to begin with https:, or set allowInsecure"],
    [{ deviceId: undefined }, "deviceId or clientId is needed"],
    [{ clientSecret: "" }, "clientSecret has to be a text that is not empty"],
    [{ clientSecret: "a", bearer: "b" }, "only one of clientSecret, bearer and assertion can be used"],
    [{ clientSecret: "a", clientSecretIn: "url" }, "clientSecretIn has to be header or body"],
    [{ bearer: "a\nb" }, "bearer has to be a text of visible ASCII characters"],
    [{ assertion: "a.b.c" }, "assertion has to be a provider such as keyPairJwt, or a function"],
    [{ parameters: { scope: "" } }, "parameters.scope has to be a text that is not empty"],
    [{ headers: { "X-A": "a\nb" } }, "headers: X-A has to be a text of visible ASCII characters"],
    [{ headers: { "a b": "c" } }, "headers has a name that is none of HTTP"],
  ])("%j", (wrong, sentence) => {
    const made = () => tokenEndpoint({ url: "https://example.org", deviceId: "d", ...(wrong as object) });
    expect(made).toThrow(sentence);
    expect(made).toThrow(TypeError);
  });

  it.each([
    "https://example.org/t",
    "http://localhost:1/t",
    "http://[::1]:1/t",
    "http://a.localhost/t",
    "http://127.9.9.9/",
  ])("not %s", (url) => {
    expect(() => tokenEndpoint({ url, deviceId: "d" })).not.toThrow();
  });

  it("not plain HTTP that is meant", () => {
    const url = "http://example.org/token";
    expect(() => tokenEndpoint({ url, deviceId: "d", allowInsecure: true })).not.toThrow();
  });
});
