export interface Endpoint {
  host: string;
  port: number;
}

/**
 * `host`, `host:port` or `[ipv6]:port`, as xiaozhi servers hand it to devices; `undefined` for anything else. Without
 * a port devices take 8883 (firmware since April 2025; older ones always do). A scheme is passed over here, though
 * devices trip over it.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, ipv6, name, port = "8883"] =
    /^(?:[a-z]+:\/\/)?(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?\/?$/i.exec(text.trim()) ?? [];
  const host = ipv6 ?? name;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}
