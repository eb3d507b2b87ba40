/**
 * The bytes of a base64url text, or `undefined` unless the text is the one canonical spelling of them: no padding, no
 * white space, no characters of standard Base64, no stray bits in the last character (RFC 4648 §3.5, §5; RFC 7515 §2).
 * Node decodes all of those silently, which would give one token many spellings.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
