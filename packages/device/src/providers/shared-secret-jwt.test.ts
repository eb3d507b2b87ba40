import { randomBytes } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/jwt.json" with { type: "json" };
import { credentialsRequest } from "../testing/credentials-request.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { sharedSecretJwt } from "./shared-secret-jwt.ts";

const now = 1_800_000_000;
const secret = randomBytes(32).toString("hex");
const verify = (token: string, key = secret) =>
  jwtVerify(token, new TextEncoder().encode(key), { currentDate: new Date(now * 1000) });

describe("sharedSecretJwt", () => {
  it("the least: sub is the device, for an hour, and the names of MQTT follow it", async () => {
    const provider = sharedSecretJwt({ secret, deviceId: "sensor-1" });
    expect(provider).toMatchObject({ name: "shared-secret JWT", needsClock: true });
    const { password, ...names } = await provider.get(credentialsRequest({ nowSeconds: now }));
    expect(names).toEqual({ clientId: "sensor-1", username: "sensor-1", expiresAt: now + 3600 });
    const { payload, protectedHeader } = await verify(password);
    expect(payload).toEqual({ sub: "sensor-1", iat: now, exp: now + 3600 });
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
  });

  it("the token of the ESP32 sketch", async () => {
    const vector = vectors.jwt.find(({ id }) => id === "J01");
    if (!vector) throw new Error("J01 is gone");
    const provider = sharedSecretJwt({
      secret: vector.key,
      deviceId: "sensor_8EA40C",
      clientId: "sensor_8EA40C",
      username: "0200008EA40C",
      issuer: "esp32-sensor",
      audience: "emqx",
      claims: { device_id: "esp32s3_sensor_01", mac_address: "02:00:00:8E:A4:0C" },
    });
    const given = await provider.get(credentialsRequest({ nowSeconds: 1_760_775_821, clientId: "ignored" }));
    expect(given).toMatchObject({ clientId: "sensor_8EA40C", username: "0200008EA40C", expiresAt: 1_760_779_421 });
    const at = { currentDate: new Date(vector.now * 1000) };
    const key = new TextEncoder().encode(vector.key);
    const [ours, sketchs] = await Promise.all([given.password, vector.token].map((each) => jwtVerify(each, key, at)));
    expect(ours?.payload).toEqual(sketchs?.payload);
    expect(ours?.protectedHeader).toEqual(sketchs?.protectedHeader);
  });

  it("makes a new one each time, with kid, lifetime and the client id of the device", async () => {
    const provider = sharedSecretJwt({
      secret,
      deviceId: "sensor-1",
      kid: "k2",
      lifetimeSeconds: 10,
      audience: ["a", "b"],
    });
    const first = await provider.get(credentialsRequest({ nowSeconds: now, clientId: "its-own" }));
    const second = await provider.get(credentialsRequest({ nowSeconds: now + 5, clientId: "its-own" }));
    expect([first.clientId, first.expiresAt, second.expiresAt]).toEqual(["its-own", now + 10, now + 15]);
    expect(second.password).not.toBe(first.password);
    const { payload, protectedHeader } = await verify(second.password);
    expect([protectedHeader.kid, payload.aud]).toEqual(["k2", ["a", "b"]]);
  });

  it("takes bytes, and keeps its own copy of them and of the claims", async () => {
    const bytes = new TextEncoder().encode(secret);
    const claims: Record<string, unknown> = { site: "north" };
    const provider = sharedSecretJwt({ secret: bytes, deviceId: "sensor-1", claims });
    bytes.fill(0);
    claims["site"] = "south";
    const { password } = await provider.get(credentialsRequest({ nowSeconds: now }));
    expect((await verify(password)).payload["site"]).toBe("north");
  });

  it("shows its secret nowhere", async () => {
    const provider = sharedSecretJwt({ secret, deviceId: "sensor-1" });
    await provider.get(credentialsRequest());
    expect(shownEverywhere(provider)).not.toContain(secret);
  });

  const circular: Record<string, unknown> = {};
  circular["circular"] = circular;
  it.each([
    [{ secret: "" }, "secret is empty"],
    [{ secret: new Uint8Array() }, "secret is empty"],
    [{ secret: undefined }, "secret has to be a text or a Uint8Array"],
    [{ deviceId: undefined }, "deviceId has to be a text that is not empty"],
    [{ username: "" }, "username has to be a text that is not empty"],
    [{ audience: [] }, "audience has to be a text, or a list of texts that is not empty"],
    [{ lifetimeSeconds: 0.5 }, "lifetimeSeconds has to be a whole number of seconds, 1 or more"],
    [{ lifetimeSeconds: 0 }, "lifetimeSeconds has to be a whole number of seconds, 1 or more"],
    [{ claims: { exp: 1 } }, "claims may not hold exp: it comes from lifetimeSeconds"],
    [{ claims: { sub: "x" } }, "claims may not hold sub: it comes from deviceId"],
    [{ claims: [] }, "claims has to be an object"],
    [{ claims: circular }, "claims has to be what JSON can say"],
    [{ kid: "k\n" }, "kid has to be 1 to 128 printable ASCII characters"],
  ])("refuses %j when it is made", (wrong, sentence) => {
    expect(() => sharedSecretJwt({ secret, deviceId: "sensor-1", ...(wrong as object) })).toThrow(sentence);
  });
});
