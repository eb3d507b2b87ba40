/**
 * Headers of a program, checked once. Throws TypeError naming the header, never its value: it may be a secret. Names are
 * tokens, values visible ASCII and blanks (RFC 9110 §5.1 and §5.5).
 */
export function requestHeaders(option: string, given: unknown): Record<string, string> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null) throw new TypeError(`${option} has to be an object`);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new TypeError(`${option} has a name that is none of HTTP`);
    headers[name] = headerValue(`${option}: ${name}`, value);
  }
  return headers;
}

export function headerValue(option: string, value: unknown): string {
  if (typeof value !== "string" || !/^[\x20-\x7e]+$/.test(value)) {
    throw new TypeError(`${option} has to be a text of visible ASCII characters`);
  }
  return value;
}
