import type { DeviceOptions } from "./device-options.ts";

const whole = (least: number, most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const seconds = (least: number, most: number) => (value: unknown) =>
  typeof value === "number" && value >= least && value <= most;
const isText = (value: unknown) => typeof value === "string" && value !== "";

/**
 * Throws RangeError or TypeError that names the option, and never the value of one that may hold a secret. Programs without
 * types use this, too. The will is looked at where it is made a message.
 */
export function checkDeviceOptions(options: DeviceOptions): void {
  checkUrl(options.url);
  const { credentials, reconnect } = options;
  if (typeof credentials !== "function" && typeof credentials?.get !== "function") {
    throw new TypeError("credentials has to be a provider, or a function that gives credentials");
  }
  const checks: [name: string, value: unknown, isRight: (value: unknown) => boolean][] = [
    ["clientId", options.clientId, isText],
    ["protocolVersion", options.protocolVersion, (value) => value === 4 || value === 5],
    ["keepAliveSeconds", options.keepAliveSeconds, whole(1, 65_535)],
    ["timeoutSeconds", options.timeoutSeconds, seconds(0.1, 3600)],
    ["refreshEverySeconds", options.refreshEverySeconds, seconds(1, 1e8)],
    ["refreshMarginSeconds", options.refreshMarginSeconds, seconds(0, 1e8)],
    ["reconnect.leastSeconds", reconnect?.leastSeconds, seconds(0.01, 3600)],
    ["reconnect.mostSeconds", reconnect?.mostSeconds, seconds(reconnect?.leastSeconds ?? 1, 1e5)],
    ["queue.messages", options.queue?.messages, whole(1, 1e6)],
    ["queue.bytes", options.queue?.bytes, whole(1, 2 ** 40)],
    ["sessionExpirySeconds", options.sessionExpirySeconds, whole(0, 2 ** 32 - 1)],
    ["willDelaySeconds", options.willDelaySeconds, whole(0, 2 ** 32 - 1)],
    ["notBefore", options.notBefore?.getTime(), seconds(0, 8.64e15)],
  ];
  for (const [name, value, isRight] of checks) {
    if (value !== undefined && !isRight(value)) throw new RangeError(`${name} has to be another value than ${value}`);
  }
  for (const name of ["ca", "cert", "key"] as const) {
    const pem = options.tls?.[name];
    if (pem !== undefined && !isText(pem)) throw new TypeError(`tls.${name} has to be the text of a PEM file`);
  }
  if (options.timeUrl !== undefined && !/^https?:$/.test(new URL(options.timeUrl).protocol)) {
    throw new RangeError("timeUrl has to begin with http: or https:");
  }
}

function checkUrl(url: string): void {
  const { protocol, username, password } = new URL(url);
  if (!["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol)) {
    throw new RangeError(`url has to begin with mqtt:, mqtts:, ws: or wss:, not ${protocol}`);
  }
  if (username !== "" || password !== "") {
    throw new RangeError("url has a user name or password in it: give them as credentials");
  }
}
