import type { JwsAlgorithm, KeyMaterial } from "../credential-scheme.ts";
import { generateTestKey, signJws } from "../testing/sign-jws.ts";
import { verifyScheme } from "../testing/verify-scheme.ts";
import { createJwtScheme } from "./jwt.ts";

const nowSeconds = 1_800_000_000;

function credentialsOf(algorithms: readonly JwsAlgorithm[]) {
  const keys = algorithms.map((algorithm) => generateTestKey(algorithm, `key-${algorithm}`));
  const material: KeyMaterial = { kind: "key ring", keys: keys.map(({ verification }) => verification) };
  return (device: 0 | 1) =>
    keys.map(({ algorithm, signing, verification }, index) => {
      const claims = { sub: `dev-${device}`, aud: "emqx", exp: nowSeconds + 3600 + index };
      const kid = index % 2 === 0 ? { kid: verification.id } : {};
      const password = signJws({ alg: algorithm, typ: "JWT", ...kid }, claims, algorithm, signing);
      return { request: { clientId: `c-${device}`, username: `dev-${device}`, password }, material, nowSeconds };
    });
}

verifyScheme("jwt, bound to nothing, HMAC", () => ({
  scheme: createJwtScheme({ audience: "emqx" }),
  credentials: credentialsOf(["HS256", "HS384", "HS512"]),
  signedFields: ["password"],
}));

const asymmetric: [how: string, algorithms: JwsAlgorithm[]][] = [
  ["elliptic curves and HMAC", ["ES256", "EdDSA", "HS256"]],
  ["RSA", ["RS256", "PS256"]],
];

for (const [how, algorithms] of asymmetric) {
  verifyScheme(`jwt, bound to the user name, ${how}`, () => ({
    scheme: createJwtScheme({ audience: "emqx", bindTo: { username: `\${claims.sub}` } }),
    credentials: credentialsOf(algorithms),
    signedFields: ["username", "password"],
    sampleEvery: 25,
  }));
}
