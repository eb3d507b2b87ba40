import { createPrivateKey } from "node:crypto";
import { type JwsAlgorithm, mintJwt, type SigningJwk } from "@connack/credentials";
import { deriveDeviceKey } from "@connack/credentials/verify";
import type { House } from "../open-house.ts";
import type { PreparedKey } from "../provisioning/prepare-key.ts";
import { findIssuingKey } from "./find-issuing-key.ts";
import type { IssuedCredential, IssueInput } from "./issue-credential.ts";

/**
 * A JWT as the verifier wants it: `sub` is the device, issuer and audience come from the configuration. It always
 * comes with a user name: MQTT 3.1.1 forbids a password alone ([MQTT-3.1.2-22]).
 */
export async function issueJwt(
  house: House,
  id: string,
  input: IssueInput,
): Promise<Pick<IssuedCredential, "clientId" | "username" | "password" | "keyId" | "expiresAt">> {
  const key = findIssuingKey(house.keyRing, "jwt", input.keyId);
  const { issuer, audience, requiredClaims, maxLifetime = Infinity } = house.config.credentials.jwt;
  const issuedAt = Math.floor(house.nowMs() / 1000);
  const exp = issuedAt + (input.expiresIn ?? Math.min(3600, maxLifetime));
  const claims = {
    ...(issuer !== undefined && { iss: issuer }),
    sub: id,
    ...(audience !== undefined && { aud: Array.isArray(audience) ? audience[0] : audience }),
    iat: issuedAt,
    exp,
    ...requiredClaims,
    ...input.claims,
  };
  const algorithm = key.record.algorithm as JwsAlgorithm;
  const password = await mintJwt({ claims, algorithm, key: signingKey(key, id), kid: key.record.id });
  const expiresAt = new Date(exp * 1000).toISOString();
  return { clientId: input.clientId ?? id, username: input.username ?? id, password, keyId: key.record.id, expiresAt };
}

function signingKey(key: PreparedKey, id: string): Uint8Array | SigningJwk {
  if (key.record.perDevice) return Buffer.from(deriveDeviceKey(key.verification.key, id));
  if (key.record.secret !== undefined) return key.verification.key.export();
  return createPrivateKey(key.record.privateKey ?? "").export({ format: "jwk" }) as SigningJwk;
}
