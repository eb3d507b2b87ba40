import { mintJwt, type SigningCryptoKey } from "@connack/credentials";
import type { CredentialsProvider } from "../device-credentials.ts";
import { optionalText, requiredText } from "./required-text.ts";

/** What every token says that is made by the device itself. */
export interface MintedJwtOptions {
  /** Becomes `sub`, by which Connack knows the device. */
  deviceId: string;
  /** Of MQTT. Default: the one `createDevice` was given, else `deviceId`. */
  clientId?: string;
  /** Of MQTT, which forbids a password alone (3.1.1 [MQTT-3.1.2-22]). Default `deviceId`. */
  username?: string;
  /** Becomes `iss`. */
  issuer?: string;
  /** Becomes `aud`. */
  audience?: string | readonly string[];
  /** Whole seconds from `iat` to `exp`; default 3600. */
  lifetimeSeconds?: number;
  /** Further claims, such as `{ mac_address: "02:00:00:00:00:01" }`. */
  claims?: Readonly<Record<string, unknown>>;
  /** Id of the key, for a verifier with several: 1 to 128 printable ASCII characters. */
  kid?: string;
}

interface Signing {
  name: string;
  algorithm: "HS256" | "ES256" | "EdDSA";
  /** Asked once. */
  importKey: () => Promise<SigningCryptoKey>;
}

/** Claims that have an option of their own. */
const ownOptions: Readonly<Record<string, string>> = {
  iss: "issuer",
  sub: "deviceId",
  aud: "audience",
  iat: "lifetimeSeconds",
  exp: "lifetimeSeconds",
};

/** A provider whose tokens are signed here. The key stays in this closure. Throws TypeError or RangeError naming the option. */
export function mintedJwt(options: MintedJwtOptions, { name, algorithm, importKey }: Signing): CredentialsProvider {
  const deviceId = requiredText("deviceId", options.deviceId);
  const clientId = optionalText("clientId", options.clientId);
  const username = optionalText("username", options.username) ?? deviceId;
  const issuer = optionalText("issuer", options.issuer);
  const audience = checkedAudience(options.audience);
  const kid = checkedKid(options.kid);
  const { lifetimeSeconds = 3600 } = options;
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > 1e9) {
    throw new RangeError("lifetimeSeconds has to be a whole number of seconds, 1 or more");
  }
  const claims = checkedClaims(options.claims);
  if (globalThis.crypto?.subtle === undefined) {
    throw new TypeError("this page cannot sign tokens: browsers have WebCrypto only on https: and localhost");
  }
  let key: Promise<SigningCryptoKey> | undefined;
  return {
    name,
    needsClock: true,
    async get(request) {
      key ??= importKey();
      const { nowSeconds } = request;
      const exp = nowSeconds + lifetimeSeconds;
      const password = await mintJwt({
        claims: {
          ...(issuer !== undefined && { iss: issuer }),
          sub: deviceId,
          ...(audience !== undefined && { aud: audience }),
          iat: nowSeconds,
          exp,
          ...claims,
        },
        algorithm,
        key: await key,
        ...(kid !== undefined && { kid }),
      });
      return { clientId: clientId ?? request.clientId ?? deviceId, username, password, expiresAt: exp };
    },
  };
}

function checkedAudience(audience: unknown): string | string[] | undefined {
  if (!Array.isArray(audience)) return optionalText("audience", audience);
  if (audience.length === 0) throw new TypeError("audience has to be a text, or a list of texts that is not empty");
  return audience.map((each) => requiredText("audience", each));
}

function checkedKid(value: unknown): string | undefined {
  const kid = optionalText("kid", value);
  if (kid !== undefined && !/^[\x20-\x7e]{1,128}$/.test(kid)) {
    throw new RangeError("kid has to be 1 to 128 printable ASCII characters");
  }
  return kid;
}

/** A copy: what is changed in the object later does not count. */
function checkedClaims(claims: unknown): Record<string, unknown> {
  if (claims === undefined) return {};
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw new TypeError("claims has to be an object");
  }
  for (const name of Object.keys(claims)) {
    const option = ownOptions[name];
    if (option !== undefined) throw new TypeError(`claims may not hold ${name}: it comes from ${option}`);
  }
  try {
    return JSON.parse(JSON.stringify(claims));
  } catch {
    throw new TypeError("claims has to be what JSON can say");
  }
}
