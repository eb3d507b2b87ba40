import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import deviceKeys from "../../../vectors/firmware-device-key.json" with { type: "json" };
import jwts from "../../../vectors/firmware-jwt.json" with { type: "json" };
import checkIns from "../../../vectors/firmware-xiaozhi.json" with { type: "json" };
import { mintJwt } from "./mint/jwt.ts";
import { signXiaozhi } from "./mint/xiaozhi-hmac.ts";

/** The same files are read by the tests of the firmware: what one side changes alone, the other side sees. */
describe("vectors of the firmware", () => {
  it.each(jwts.jwt)("JWT: $title", async ({ title: _title, key, token, more, ...rest }) => {
    const { kid, ...named } = rest as typeof rest & { kid?: string };
    const claims = { ...named, ...more };
    const options = { claims, algorithm: "HS256", key: new TextEncoder().encode(key) } as const;
    expect(await mintJwt(kid === undefined ? options : { ...options, kid })).toBe(token);
  });

  it("JWT: one is as long as tokens with rights in them are", () => {
    expect(Math.max(...jwts.jwt.map(({ token }) => token.length))).toBeGreaterThan(1490);
  });

  it.each(checkIns.checkIn)("xiaozhi: $client_id", async (vector) => {
    const { client_id, username, password } = vector;
    expect(JSON.parse(vector.answer).mqtt).toMatchObject({ client_id, username, password });
    expect(await signXiaozhi(vector.server_key, client_id, username)).toBe(password);
  });

  it.each(deviceKeys.deviceKey)("key of the device $deviceId", ({ groupKey, deviceId, key }) => {
    expect(createHmac("sha256", groupKey).update(deviceId).digest("hex")).toBe(key);
  });
});
