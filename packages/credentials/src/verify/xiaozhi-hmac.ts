import { isUtf8 } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { looksLikeXiaozhiClientId, parseXiaozhiClientId, type XiaozhiClientId } from "../client-id.ts";
import type { ConnectRequest } from "../connect-request.ts";
import type {
  Claim,
  CredentialScheme,
  DeviceIdentity,
  KeyMaterial,
  Verification,
  VerificationKey,
} from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";

/** What is refused by default although some server of the ecosystem accepts it. No known issuer emits any of it. */
export interface XiaozhiHmacOptions {
  /** Accept user names that are unpadded, url-safe or otherwise loose Base64, or JSON that is not an object. */
  acceptLooseUsername?: boolean;
  /** Accept a second part that is not a MAC (still without topic and control characters). */
  acceptAnyDeviceId?: boolean;
  /** Accept an empty group or third part. The second part names the device and is never empty. */
  acceptEmptyParts?: boolean;
}

const passwordLength = 44;
/** The password that came, and the one that a key makes. Written anew each time: to compare is not worth an allocation. */
const given = Buffer.alloc(passwordLength);
const expected = Buffer.alloc(passwordLength);

/**
 * xiaozhi's HMAC credential: password = Base64(HMAC-SHA256(key, clientId + "|" + username)). The signature covers the
 * texts as sent, so nothing is decoded and encoded again before it is checked; the MAC is case-insensitive only as identity.
 */
export function createXiaozhiHmacScheme(options: XiaozhiHmacOptions = {}): CredentialScheme {
  return {
    name: "xiaozhi-hmac",
    identify: (request) => identify(request),
    verify: (request, _claim, material) => verify(request, material, options),
  };
}

function identify(request: ConnectRequest): Claim | undefined {
  // A dot never stands in Base64: a password with one is a JWT, whatever the client id looks like.
  if (!looksLikeXiaozhiClientId(request.clientId) || request.password.includes(".")) return undefined;
  const parsed = parseXiaozhiClientId(request.clientId);
  return { scheme: "xiaozhi-hmac", identity: parsed ? deviceIdOf(parsed) : "", needs: "key ring" };
}

function verify(request: ConnectRequest, material: KeyMaterial, options: XiaozhiHmacOptions): Verification {
  if (request.username === "" || request.password === "") {
    const missing = request.password === "" ? "empty password" : "empty user name";
    return refuse("missing_credentials", missing + unsignedRemark(request.clientId));
  }
  const parsed = parseXiaozhiClientId(request.clientId);
  if (!parsed || !hasItsParts(parsed, options)) return refuse("bad_client_id", explainClientId(request.clientId));
  if (parsed.mac === undefined && !options.acceptAnyDeviceId) {
    return refuse("bad_client_id", "the second part is not a MAC address");
  }
  const keys = material.kind === "key ring" ? material.keys : [];
  const key = findSigningKey(keys, request);
  if (key === "none") return refuse("no_key", "no xiaozhi-hmac key in the ring");
  if (key === undefined) return refuse("bad_signature", explainPassword(request.password));
  const identity: DeviceIdentity = { scheme: "xiaozhi-hmac", id: deviceIdOf(parsed) };
  const attributes: Record<string, string> = { mac: parsed.deviceText };
  // An empty group is no group.
  if (parsed.group !== "") {
    identity.group = parsed.group;
    attributes["group"] = parsed.group;
  }
  const problem = options.acceptLooseUsername ? undefined : explainUsername(request.username);
  if (problem !== undefined) return { ...refuse("bad_username", problem), identity };
  return {
    ok: true,
    identity,
    keyId: key.id,
    generation: key.generation,
    claims: {},
    attributes,
  };
}

/** The key that made the password, `undefined` when none did. Every key is tried: the time does not tell which one. */
function findSigningKey(
  keys: readonly VerificationKey[],
  request: ConnectRequest,
): VerificationKey | "none" | undefined {
  let tried = false;
  let found: VerificationKey | undefined;
  const { clientId, username, password } = request;
  const signed = `${clientId}|${username}`;
  given.fill(0);
  // Of as many characters, and in UTF-8 of as many bytes: nothing of it is cut off.
  if (password.length === passwordLength) given.write(password);
  for (const key of keys) {
    if (key.scheme !== "xiaozhi-hmac") continue;
    tried = true;
    expected.write(createHmac("sha256", key.key).update(signed).digest("base64"));
    if (timingSafeEqual(expected, given)) found ??= key;
  }
  return tried ? found : "none";
}

function hasItsParts({ group, third }: XiaozhiClientId, { acceptEmptyParts }: XiaozhiHmacOptions): boolean {
  return third !== undefined && (acceptEmptyParts === true || (group !== "" && third !== ""));
}

function deviceIdOf(parsed: XiaozhiClientId): string {
  return parsed.mac ?? parsed.deviceText;
}

function explainClientId(clientId: string): string {
  const parts = clientId.split("@@@");
  if (parts.length !== 3) return `${parts.length} parts instead of 3${unsignedRemark(clientId)}`;
  if (parts[1] === "") return "the second part is empty";
  return parseXiaozhiClientId(clientId) === undefined
    ? "a topic character (/ + #), a | or a control character in the client id"
    : "the group or the third part is empty; only credentials.xiaozhiHmac.acceptEmptyParts takes that";
}

/** For the operator of a fleet that an old gateway let in without a signature. */
function unsignedRemark(clientId: string): string {
  const parsed = parseXiaozhiClientId(clientId);
  return parsed?.mac !== undefined && parsed.third === undefined
    ? "; a client id of two parts is unsigned, and only credentials.xiaozhiHmac.acceptUnsigned takes that"
    : "";
}

function explainPassword(password: string): string {
  if (/^[0-9a-f]{64}$/i.test(password)) return "the password is hexadecimal; it has to be Base64";
  if (password.length !== passwordLength)
    return `the password has ${password.length} characters instead of ${passwordLength}`;
  return "no key in the ring makes this password for this client id and user name";
}

function explainUsername(username: string): string | undefined {
  const bytes = Buffer.from(username, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== username) return "not standard padded Base64";
  if (!isUtf8(bytes)) return "not UTF-8 JSON";
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "not a JSON object";
  } catch {
    return "not UTF-8 JSON";
  }
}

function refuse(reason: DenyReason, detail: string) {
  return { ok: false as const, reason, detail, hints: [] };
}
