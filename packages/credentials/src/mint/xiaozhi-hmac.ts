import { formatXiaozhiClientId } from "../client-id.ts";

export interface XiaozhiCredential {
  clientId: string;
  username: string;
  password: string;
}

export interface XiaozhiHmacInput {
  /** Signature key; its UTF-8 bytes are the HMAC key. */
  key: string;
  /** First part of the client id, any text without `@@@` and topic characters. */
  group: string;
  mac: string;
  /** Third part; the MAC again, as xiaozhi-server does, when left out. */
  third?: string;
  /** Becomes the user name, as Base64 of its JSON. Never used for a decision. */
  attributes?: Record<string, string>;
}

/**
 * Issues a credential as xiaozhi servers do: password = Base64(HMAC-SHA256(key, clientId + "|" + username)), over the
 * texts exactly as the device will send them. Runs in Node and in browsers (WebCrypto).
 * Throws `RangeError` for a MAC or a part that is not valid.
 */
export async function mintXiaozhiHmac(input: XiaozhiHmacInput): Promise<XiaozhiCredential> {
  const mac = input.mac;
  const clientId = formatXiaozhiClientId(input.group, mac, input.third ?? mac.toLowerCase().replace(/[:-]/g, "_"));
  const username = encodeBase64(new TextEncoder().encode(JSON.stringify(input.attributes ?? { ip: "unknown" })));
  return { clientId, username, password: await signXiaozhi(input.key, clientId, username) };
}

/** The password for texts that exist already. */
export async function signXiaozhi(key: string, clientId: string, username: string): Promise<string> {
  const encoder = new TextEncoder();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", imported, encoder.encode(`${clientId}|${username}`));
  return encodeBase64(new Uint8Array(signature));
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
