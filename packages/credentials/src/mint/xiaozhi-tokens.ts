import { encodeBase64url } from "./base64url.ts";

/** Two further tokens of the xiaozhi servers, beside the MQTT credential; both are shared-secret constructions. */

export interface XiaozhiWebsocketTokenInput {
  /** The server's secret (`server.auth_key`, `server.secret`, `SERVER_SECRET`). */
  secret: string;
  clientId: string;
  /** The MAC with colons. */
  deviceId: string;
  /** Whole Unix seconds of issue; the servers accept a token for 30 days. */
  timestamp: number;
}

/** Token of the voice WebSocket: base64url(HMAC-SHA256(secret, clientId|deviceId|timestamp)) + "." + timestamp. */
export async function mintXiaozhiWebsocketToken(input: XiaozhiWebsocketTokenInput): Promise<string> {
  const encoder = new TextEncoder();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(input.secret), hmac, false, ["sign"]);
  const text = `${input.clientId}|${input.deviceId}|${input.timestamp}`;
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(text));
  return `${encodeBase64url(new Uint8Array(signature))}.${input.timestamp}`;
}

/**
 * Bearer token of the xiaozhi gateway's management API for one day: hex(SHA-256(date + signature key)). `date` is
 * `yyyy-MM-dd` in the gateway's own time zone, which is why callers have to try the days around theirs.
 */
export async function mintXiaozhiGatewayToken(signatureKey: string, date: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(date + signatureKey));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
