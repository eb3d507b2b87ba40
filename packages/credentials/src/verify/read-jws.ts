import { decodeBase64url } from "./base64url.ts";
import type { JwsHeader, JwsHeaderResult } from "./jws-header.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";

/** Longest token, in characters. */
export const maxTokenLength = 4096;

/** A compact JWS taken apart (RFC 7515 §7.1). Nothing of it is proven; the payload is not even decoded. */
export interface Jws {
  header: JwsHeader;
  /** The first two parts with their dot, which is what was signed. */
  signingInput: string;
  /** Second part as sent, base64url. */
  payload: string;
  signature: Buffer;
}

/** The third part may be empty: `alg: none` has no signature, and is refused by name. */
const compactForm = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;

/** Takes a token apart; refuses with `token_too_large` or `malformed_token`. */
export function readJws(
  token: string,
  readHeader: (encoded: string) => JwsHeaderResult,
): { ok: true; jws: Jws } | { ok: false; refusal: JwtRefusal } {
  if (token.length > maxTokenLength) {
    const detail = `the token has ${token.length} characters, at most ${maxTokenLength} are read`;
    return { ok: false, refusal: { reason: "token_too_large", detail } };
  }
  const parts = compactForm.exec(token);
  if (parts === null) return malformed(explainForm(token));
  const [, encodedHeader = "", payload = "", encodedSignature = ""] = parts;
  const header = readHeader(encodedHeader);
  if (!header.ok) return malformed(header.detail);
  const signature = decodeBase64url(encodedSignature);
  if (signature === undefined) return malformed("the signature is not canonical base64url; it may be cut off");
  const signingInput = token.slice(0, encodedHeader.length + 1 + payload.length);
  return { ok: true, jws: { header: header.header, signingInput, payload, signature } };
}

/** Why a text is not three base64url parts, in the words that help most. */
function explainForm(token: string): string {
  if (/^\s*["']?bearer\s/i.test(token)) return "the token has Bearer before it; the password is the token alone";
  if (/\s/.test(token)) return "there is white space in the token or around it";
  if (/["']/.test(token)) return "there are quotation marks around the token";
  if (token.includes("=")) return "the token has Base64 padding (=)";
  if (/[+/]/.test(token)) return "the token is standard Base64, not base64url";
  const parts = token.split(".").length;
  if (parts < 3) return `the token has ${parts} of 3 parts: it was cut off after ${token.length} characters`;
  if (parts === 5) return "the token is encrypted (JWE, 5 parts), not signed";
  if (parts > 3) return `the token has ${parts} parts instead of 3`;
  return "the token has an empty part or characters outside base64url";
}

function malformed(detail: string): { ok: false; refusal: JwtRefusal } {
  return { ok: false, refusal: { reason: "malformed_token", detail } };
}
