/** What may stand before a token by mistake. */
const plainStart = /^[ac-df-zAC-Z0-9+/_-]/;
const prefix = /^[\s"']*(?:bearer\s+)?["']?/i;

/** `{"alg":`, `{"typ":` and `{"kid":` in base64url: a token cut off within its header still begins so. */
const headerStarts = ["eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi"];

/**
 * Whether a password is a compact JWS by its shape, or was one before it was cut off, padded, quoted or re-encoded:
 * its owner should hear `malformed_token` rather than that nothing knows the credential. A password of another kind
 * is taken for a token only if it begins as one and has a dot, or begins with a whole header name.
 */
export function looksLikeJwt(password: string): boolean {
  // Most texts are neither a token nor begin with anything that may stand before one.
  if (plainStart.test(password)) return false;
  const start = password.startsWith("e") ? 0 : (prefix.exec(password)?.[0].length ?? 0);
  // `{` in base64url begins with e.
  if (password[start] !== "e") return false;
  if (headerStarts.some((text) => password.startsWith(text, start))) return true;
  if (password.startsWith("eyJ", start)) return password.includes(".", start);
  return hasSpacedHeader(password);
}

/** A header with white space after its brace begins otherwise. It is rare, so all three parts are asked for. */
function hasSpacedHeader(password: string): boolean {
  if (!/^e[wy][A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(password)) return false;
  return /^\{\s*"/.test(Buffer.from(password.slice(0, 64), "base64url").toString("latin1"));
}
