import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/firmware-device-key.json" with { type: "json" };
import type { Verification, VerificationKey } from "../credential-scheme.ts";
import { generateTestKey, signJws } from "../testing/sign-jws.ts";
import { deriveDeviceKey } from "./device-key.ts";
import { createJwtScheme } from "./jwt.ts";
import type { JwtSchemeOptions } from "./jwt-options.ts";

const now = 1_800_000_000;
const groupKey = createSecretKey(randomBytes(32));
const group: VerificationKey = { id: "factory", scheme: "jwt", algorithm: "HS256", generation: 3, key: groupKey };
const perDevice: VerificationKey = { ...group, perDevice: true };
const keyOf = (id: string) => createSecretKey(Buffer.from(deriveDeviceKey(groupKey, id)));

function verify(token: string, keys: VerificationKey[] = [perDevice], options: JwtSchemeOptions = {}): Verification {
  const claim = { scheme: "jwt", identity: "", needs: "key ring" } as const;
  const request = { clientId: "c1", username: "u1", password: token };
  return createJwtScheme(options).verify(request, claim, { kind: "key ring", keys }, now) as Verification;
}

const mint = (signer: string, claims: object | string, header: object = { alg: "HS256" }) =>
  signJws(header, typeof claims === "string" ? claims : { exp: now + 60, ...claims }, "HS256", keyOf(signer));

describe("the key of one device", () => {
  it.each(vectors.deviceKey)(
    "of $deviceId is the one that the firmware derives",
    ({ groupKey: text, deviceId, key }) => {
      expect(deriveDeviceKey(createSecretKey(Buffer.from(text)), deviceId)).toBe(key);
    },
  );

  it.each(vectors.deviceKey)(
    "takes the token that the firmware of $deviceId makes, and its group's alone",
    (vector) => {
      const of = (text: string): VerificationKey => ({ ...perDevice, key: createSecretKey(Buffer.from(text)) });
      expect(verify(vector.token, [of(vector.groupKey)])).toMatchObject({
        ok: true,
        identity: { id: vector.deviceId },
      });
      expect(verify(vector.token, [of(`${vector.groupKey}x`)])).toMatchObject({ reason: "bad_signature" });
    },
  );

  it("signs for its device, with and without the key id", () => {
    const allowed = { ok: true, identity: { scheme: "jwt", id: "sensor-1" }, keyId: "factory", generation: 3 };
    expect(verify(mint("sensor-1", { sub: "sensor-1" }))).toMatchObject(allowed);
    expect(verify(mint("sensor-1", { sub: "sensor-1" }, { alg: "HS256", kid: "factory" }))).toMatchObject(allowed);
    const others = [generateTestKey("HS256", "shared").verification, generateTestKey("ES256", "pair").verification];
    expect(verify(mint("sensor-1", { sub: "sensor-1" }), [perDevice, ...others])).toMatchObject(allowed);
  });

  it.each(["sensor-2", "Sensor-1", "sensor-1 ", "sensor-1\u0000", "", "sensor-11"])(
    "signs for nobody else: %j",
    (sub) => {
      const verification = verify(mint("sensor-1", { sub }));
      expect(verification).toEqual({ ok: false, reason: "bad_signature", detail: "tried factory", hints: [] });
    },
  );

  it("signs for the identity that the token would get, whatever else it says", () => {
    const identity = `esp-\${claims.mac|hex|lower}`;
    const mac = "02:00:00:8E:A4:0C";
    expect(verify(mint("esp-0200008ea40c", { sub: "x", mac }), [perDevice], { identity })).toMatchObject({ ok: true });
    const lent = verify(mint("sensor-1", { sub: "sensor-1", mac }), [perDevice], { identity });
    expect(lent).toMatchObject({ reason: "bad_signature" });
  });

  it("is not the key of its group, nor the group's key its own", () => {
    const byGroup = signJws({ alg: "HS256" }, { sub: "sensor-1", exp: now + 60 }, "HS256", groupKey);
    expect(verify(byGroup)).toMatchObject({ reason: "bad_signature" });
    expect(verify(mint("sensor-1", { sub: "sensor-1" }), [group])).toMatchObject({ reason: "bad_signature" });
  });

  it("opens nothing where the payload names nobody, cannot be read, or the key is for another algorithm", () => {
    for (const claims of [{}, { sub: 5e300 }, { sub: ["sensor-1"] }, "[]", "no JSON"])
      expect(verify(mint("sensor-1", claims)), JSON.stringify(claims)).toMatchObject({ reason: "bad_signature" });
    const misfiled: VerificationKey = { ...perDevice, algorithm: "HS512" };
    const token = signJws({ alg: "HS512" }, { sub: "sensor-1", exp: now + 60 }, "HS512", keyOf("sensor-1"));
    expect(verify(token, [misfiled])).toMatchObject({ reason: "algorithm_not_allowed" });
  });

  it("leaves the claims to be checked", () => {
    const old = verify(mint("sensor-1", { sub: "sensor-1", exp: now - 100 }));
    expect(old).toMatchObject({ reason: "token_expired", identity: { id: "sensor-1" } });
  });
});
