/**
 * Path of a client in EMQX's API, or `undefined` where it has none: `.` and `..` are taken for folders (recorded on
 * 5.8.0: `GET /clients/.` answers with all clients), and a half of a surrogate pair cannot be encoded.
 */
export function clientPath(clientId: string): string | undefined {
  const segment = pathSegment(clientId);
  return segment === undefined ? undefined : `/clients/${segment}`;
}

/** A text as one part of a path, encoded once; `undefined` where that part would not come through. */
export function pathSegment(text: string): string | undefined {
  if (text === "" || text === "." || text === ".." || !text.isWellFormed()) return undefined;
  return encodeURIComponent(text);
}
