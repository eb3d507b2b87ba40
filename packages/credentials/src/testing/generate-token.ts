import { jwsAlgorithms } from "../credential-scheme.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { signJws, type TestKey } from "./sign-jws.ts";

/** What the generated tokens are about; half of their claims say something else. */
export interface TokenTerms {
  issuer: string;
  audience: string;
  nowSeconds: number;
}

/**
 * A signed token: often a good one, else with one or more things odd about it, from a wrong issuer to a header name
 * that is there twice. The signature is good, unless the header names an algorithm that the key is not for.
 */
export function generateToken(random: SeededRandom, key: TestKey, terms: TokenTerms): string {
  const header = random.once(4) ? oddHeader(random, key) : { alg: key.algorithm, typ: "JWT" };
  const payload = random.once(12) ? random.pick(oddPayloads(terms)) : claims(random, terms);
  return signJws(header, payload, key.algorithm, key.signing);
}

function oddHeader(random: SeededRandom, { algorithm: alg }: TestKey): unknown {
  return random.pick<unknown>([
    { alg },
    { alg, kid: "k1" },
    { alg, kid: "k2" },
    { alg, kid: "" },
    { alg, kid: 7 },
    { alg, typ: "at+jwt" },
    { alg, typ: "application/jwt" },
    { alg, typ: "JOSE" },
    { alg, typ: 1 },
    { alg, crit: ["exp"], exp: 1 },
    { alg, crit: ["b64"], b64: true },
    { alg, crit: ["b64"], b64: false },
    { alg, b64: false },
    { alg, zip: "DEF" },
    { alg, jku: "https://evil.example", jwk: { kty: "oct", k: "AAAA" } },
    { alg, padding: "x".repeat(1000) },
    { alg: random.pick([...jwsAlgorithms, "none", "None", "HS1", "", "ES384"]) },
    { typ: "JWT" },
    `{"alg":"none","alg":"${alg}"}`,
    `{"alg":"${alg}","alg":"none"}`,
    `{ "typ" : "JWT",\n"alg" : "${alg}" }`,
    `{"alg":"${alg}","__proto__":{"kid":"k2"}}`,
    `\ufeff{"alg":"${alg}"}`,
    Buffer.from(`{"alg":"${alg}","x":"\xff"}`, "latin1"),
    [alg],
    alg,
  ]);
}

function claims(random: SeededRandom, { issuer, audience, nowSeconds: now }: TokenTerms): Record<string, unknown> {
  const times = [now - 31, now - 30, now - 29, now - 1, now, now + 1, now + 29, now + 30, now + 31, now + 28_800];
  const noTimes = [0, -1, now + 0.5, now * 1000, 1e300, 2 ** 53, String(now + 60), "", null, true, [now + 60], {}];
  const odd = { time: () => random.pick<unknown>([...times, ...times, ...noTimes]) };
  const result: Record<string, unknown> = { iss: issuer, aud: audience, sub: "dev-1", exp: now + 3600, iat: now - 5 };
  const changes: (() => void)[] = [
    () => (result["exp"] = odd.time()),
    () => (result["nbf"] = odd.time()),
    () => (result["iat"] = odd.time()),
    () => (result["iss"] = random.pick<unknown>(["other", "", [issuer], null, 5, `${issuer} `])),
    () =>
      (result["aud"] = random.pick<unknown>([
        [audience],
        ["x", audience],
        [audience, 5],
        [],
        "x",
        null,
        { 0: audience },
      ])),
    () => (result["sub"] = random.pick<unknown>(["", 5, 1.5, true, null, "a\u0000", "\ud800", "x".repeat(257), ["a"]])),
    () => delete result[random.pick(["exp", "iat", "iss", "aud", "sub"])],
    () => (result["padding"] = "x".repeat(random.integer(4000))),
    () => (result["text"] = "\u{1f4a1} é \u0000 \\u"),
  ];
  for (let count = random.integer(3); count > 0; count--) random.pick(changes)();
  return result;
}

/** Payloads that no JSON.stringify writes. */
function oddPayloads({ issuer, audience, nowSeconds: now }: TokenTerms): (string | Buffer)[] {
  const good = `"iss":"${issuer}","aud":"${audience}","exp":${now + 60}`;
  return [
    `{"sub":"a",${good},"sub":"b"}`,
    `{"sub":"a",${good},"s\\u0075b":"b"}`,
    `{"sub":"a",${good},"exp":1}`,
    `{"sub":"a","exp":1,${good}}`,
    `{"sub":"a",${good},"iss":"other"}`,
    `{"sub":"a",${good},"aud":"other"}`,
    `{"__proto__":{"sub":"a",${good}}}`,
    `{"sub":"a",${good},"__proto__":{"sub":"b"}}`,
    `{"sub":"a","iss":"${issuer}","aud":"${audience}","exp":1e999}`,
    `{"sub":"a","iss":"${issuer}","aud":"${audience}","exp":${now + 60}.0}`,
    `{"sub":"a","iss":"${issuer}","aud":"${audience}","exp":-0}`,
    ` {"sub" : "a",\r\n${good}}\t`,
    `\ufeff{"sub":"a",${good}}`,
    `{"sub":"a",${good}`,
    `[{"sub":"a",${good}}]`,
    "null",
    '"text"',
    Buffer.from(`{"sub":"\xff",${good}}`, "latin1"),
  ];
}
