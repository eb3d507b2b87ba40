import { describe, expect, it } from "vitest";
import { encode } from "../testing/sign-jws.ts";
import { parseJwsHeader } from "./jws-header.ts";
import { maxTokenLength, readJws } from "./read-jws.ts";

const header = encode({ alg: "HS256", kid: "k1" });
const payload = encode({ sub: "a" });
const signature = encode(Buffer.alloc(32, 1));
const token = `${header}.${payload}.${signature}`;
const refusal = (text: string) => {
  const result = readJws(text, parseJwsHeader);
  return result.ok ? "read" : `${result.refusal.reason}: ${result.refusal.detail}`;
};

describe("readJws", () => {
  it("takes a token apart without reading the payload", () => {
    expect(readJws(token, parseJwsHeader)).toEqual({
      ok: true,
      jws: {
        header: { alg: "HS256", kid: "k1" },
        signingInput: `${header}.${payload}`,
        payload,
        signature: Buffer.alloc(32, 1),
      },
    });
    expect(refusal(`${header}.not-decoded.`)).toBe("read");
  });

  it.each([
    ["", "malformed_token: the token has 1 of 3 parts: it was cut off after 0 characters"],
    [header, `malformed_token: the token has 1 of 3 parts: it was cut off after ${header.length} characters`],
    [`${header}.${payload}`, /malformed_token: the token has 2 of 3 parts/],
    [`${token}.x`, "malformed_token: the token has 4 parts instead of 3"],
    [`${token}..`, "malformed_token: the token is encrypted (JWE, 5 parts), not signed"],
    [`Bearer ${token}`, /Bearer before it/],
    [`${token}\n`, /white space/],
    [` ${token}`, /white space/],
    [`"${token}"`, /quotation marks/],
    [`${token}=`, /padding/],
    [`${header}.a+b.c`, /standard Base64/],
    [`${header}.a/b.c`, /standard Base64/],
    [`${header}..${signature}`, /empty part/],
    [`.${payload}.${signature}`, /empty part/],
    [`${header}.pä.x`, /outside base64url/],
    [`${header.slice(0, -1)}.${payload}.${signature}`, /the header is not/],
    [`${token.slice(0, -1)}F`, /signature is not canonical/],
    [`${token.slice(0, -2)}`, /signature is not canonical/],
  ])("says why %s cannot be read", (text, words) => {
    expect(refusal(text)).toMatch(words);
  });

  it("reads tokens up to its limit", () => {
    const room = maxTokenLength - header.length - signature.length - 2;
    expect(refusal(`${header}.${"A".repeat(room)}.${signature}`)).toBe("read");
    expect(refusal(`${header}.${"A".repeat(room + 1)}.${signature}`)).toBe(
      "token_too_large: the token has 4097 characters, at most 4096 are read",
    );
  });
});
