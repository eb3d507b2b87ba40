import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { createJwtScheme } from "./jwt.ts";

interface Vector {
  id: string;
  title: string;
  clientid: string;
  username: string;
  now: number;
  key: string;
  token: string;
  expect: "allow" | "deny";
}

const file = new URL("../../../../vectors/jwt.json", import.meta.url);
const vectors = (JSON.parse(readFileSync(file, "utf8")) as { jwt: Vector[] }).jwt;

/** As the file's own "about" says. */
const scheme = createJwtScheme({
  issuer: "esp32-sensor",
  audience: "emqx",
  leeway: 0,
  bindTo: { username: `\${claims.mac_address|hex}` },
});

const reasons: Record<string, DenyReason> = {
  J03: "token_expired",
  J04: "wrong_issuer",
  J05: "wrong_audience",
  J07: "bad_signature",
  J08: "algorithm_none",
  J10: "token_expired",
  J13: "binding_mismatch",
  J15: "bad_signature",
};

function verify(vector: Vector): Verification {
  const request = { clientId: vector.clientid, username: vector.username, password: vector.token };
  const claim = scheme.identify(request);
  if (claim === undefined) throw new Error("not seen as a token");
  const key = createSecretKey(Buffer.from(vector.key));
  const keys = [{ id: "docs", scheme: "jwt", algorithm: "HS256", key, generation: 3 } as const];
  return scheme.verify(request, claim, { kind: "key ring", keys }, vector.now) as Verification;
}

describe("vectors/jwt.json", () => {
  it.each(vectors)("$id $title", (vector) => {
    const verification = verify(vector);
    if (vector.expect === "allow") {
      expect(verification).toMatchObject({ ok: true, identity: { id: "sensor_8EA40C" }, keyId: "docs", generation: 3 });
    } else {
      expect(verification.ok).toBe(false);
      const reason = reasons[vector.id];
      if (reason !== undefined) expect(verification).toMatchObject({ reason });
    }
  });

  it("has what is expected of it", () => {
    expect(vectors.map(({ id }) => id)).toEqual(expect.arrayContaining(["J01", "J02", ...Object.keys(reasons)]));
  });

  it("J10 names the clock that was never set", () => {
    const verification = verify(vectors.find(({ id }) => id === "J10") as Vector);
    expect(verification.ok ? [] : verification.hints.map(({ code }) => code)).toEqual([
      "expired_ago",
      "clock_never_set",
    ]);
  });
});
