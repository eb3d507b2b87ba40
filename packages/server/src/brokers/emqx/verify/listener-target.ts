/** A listener of the broker, as a client reaches it from here. */
export interface ListenerTarget {
  /** For mqtt.js, e.g. `mqtt://127.0.0.1:1883` or `ws://127.0.0.1:8083/mqtt`. */
  url: string;
  /** EMQX's own name, such as `tcp:default`; the URL where somebody gave it. */
  name: string;
}

/** A listener that is there and is not attacked, and why. */
export interface UntriedListener {
  name: string;
  why: string;
  /** Clients may come there all the same: `ok` is false for it where listeners, or all, were named. */
  isUnproven?: true;
}

const schemes = { tcp: "mqtt", ssl: "mqtts", ws: "ws", wss: "wss" } as const;

/** EMQX listens in one of these ways. */
type ListenerType = keyof typeof schemes;

function isListenerType(type: unknown): type is ListenerType {
  return typeof type === "string" && Object.hasOwn(schemes, type);
}

/**
 * A listener as `GET /listeners/{id}` tells it. One that listens everywhere is reached at the host of the API; one on
 * its machine's own address only from there. `given`: `host:port` where somebody says it is reached.
 */
export function readListener(
  listener: Readonly<Record<string, unknown>>,
  apiHost: string,
  given?: string,
): ListenerTarget | UntriedListener {
  const { id, type, bind, running, enable, proxy_protocol: proxied, ssl_options: ssl, websocket } = listener;
  const name = String(id);
  const untried = (why: string): UntriedListener => ({ name, why, isUnproven: true });
  if (enable === false) return { name, why: "it is disabled" };
  if (!isListenerType(type)) return untried(`listeners of the type ${String(type)} are not attacked`);
  if (running === false) return untried("it does not run");
  if (proxied === true) return untried("it expects a proxy before it (proxy_protocol)");
  if (memberOf(ssl, "fail_if_no_peer_cert") === true) return untried("it wants a client certificate");
  const path = type === "ws" || type === "wss" ? String(memberOf(websocket, "mqtt_path") ?? "/mqtt") : "";
  if (given !== undefined) return { name, url: `${schemes[type]}://${given}${path}` };
  const address = readBind(bind);
  if (address === undefined) return untried(`its address is not readable: ${JSON.stringify(bind)}`);
  const host = reachedAt(address.host, apiHost);
  if (host === undefined) return untried(`it listens on ${address.host} of EMQX's own machine, ${apiHost}`);
  return { name, url: `${schemes[type]}://${host}:${address.port}${path}` };
}

/** `tcp:default=broker.lan:1883`: EMQX's name for a listener, and where it is reached from here. */
export function readPlacedListener(text: string): { name: string; address: string } | undefined {
  const match = /^([^=/]+)=([^=/@?#\s]+:\d{1,5})$/.exec(text);
  if (match === null || !URL.canParse(`http://${match[2]}`)) return undefined;
  return { name: match[1] ?? "", address: match[2] ?? "" };
}

/** A listener as somebody wrote it; `undefined` for what is no URL of MQTT. */
export function targetFromUrl(text: string): ListenerTarget | undefined {
  // `ws:default` would be read as a URL, too.
  if (!text.includes("://") || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(text);
  const known = defaults[protocol];
  if (known === undefined || hostname === "") return undefined;
  const path = known.path === "" ? "" : pathname === "/" || pathname === "" ? known.path : pathname;
  const url = `${known.scheme}://${hostname}:${port === "" ? known.port : port}${path}`;
  return { name: url, url };
}

const defaults: Readonly<Record<string, { scheme: string; port: number; path: string }>> = {
  "mqtt:": { scheme: "mqtt", port: 1883, path: "" },
  "tcp:": { scheme: "mqtt", port: 1883, path: "" },
  "mqtts:": { scheme: "mqtts", port: 8883, path: "" },
  "ssl:": { scheme: "mqtts", port: 8883, path: "" },
  // The URL class leaves these schemes' own ports out: 80 and 443 are what the person wrote then.
  "ws:": { scheme: "ws", port: 80, path: "/mqtt" },
  "wss:": { scheme: "wss", port: 443, path: "/mqtt" },
};

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** `1883`, `:1883`, `0.0.0.0:1883`, `[::1]:1883`. */
function readBind(bind: unknown): { host: string; port: number } | undefined {
  const match = /^(?:(.*):)?(\d{1,5})$/.exec(String(bind));
  return match ? { host: match[1] ?? "", port: Number(match[2]) } : undefined;
}

const everywhere: ReadonlySet<string> = new Set(["", "0.0.0.0", "::", "[::]", "*"]);
const itself = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

function reachedAt(host: string, apiHost: string): string | undefined {
  const written = apiHost.includes(":") && !apiHost.startsWith("[") ? `[${apiHost}]` : apiHost;
  if (everywhere.has(host)) return written;
  if (itself.test(host) && !itself.test(apiHost)) return undefined;
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
