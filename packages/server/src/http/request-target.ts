export interface RequestTarget {
  path: string;
  hasQuery: boolean;
  /** Host and port of a target in absolute form; it counts beside the Host header. */
  authority: string | undefined;
}

/** Takes a request target apart. The absolute form (RFC 9112 §3.2.2) leads to the same path as the origin form. */
export function readRequestTarget(target: string): RequestTarget {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const query = rest.indexOf("?");
  const path = query < 0 ? rest : rest.slice(0, query);
  return { path: path === "" ? "/" : path, hasQuery: query >= 0, authority: absolute?.[1] };
}

const twoSegments = /^(?:\/{1,3}[\w.~-]{1,24}){0,2}\/{0,3}/;
const threeSegments = /^(?:\/{1,3}[\w.~-]{1,24}){0,3}\/{0,3}/;

/**
 * The path as a log may show it: two segments (below `/brokers/` three) of 24 plain characters. A template that puts
 * user name and password into the URL must not bring them into the log.
 */
export function pathForLog(path: string): string {
  const shown = (path.startsWith("/brokers/") ? threeSegments : twoSegments).exec(path)?.[0] ?? "";
  return shown === path ? path : `${shown}…`;
}
