import type { TlsOptions } from "./connection-options.ts";
import type { CredentialsProvider } from "./device-credentials.ts";
import type { QueueLimits } from "./publish-queue.ts";
import type { ReconnectOptions } from "./reconnect-delay.ts";

export interface Message {
  topic: string;
  payload: string | Uint8Array;
  /** Default 1. */
  qos?: 0 | 1;
  /** Default false. */
  retain?: boolean;
}

export interface DeviceOptions {
  /** Where the broker is: mqtt:, mqtts:, ws: or wss:. */
  url: string;
  /** Where credentials come from; a function is a provider, too. */
  credentials: CredentialsProvider | CredentialsProvider["get"];
  /** What the device is called at the broker; without it, what the first credentials say. It never changes. */
  clientId?: string;
  /** Published by the broker when the device is gone without a goodbye. */
  will?: Message;
  /** 4 is MQTT 3.1.1 (default). */
  protocolVersion?: 4 | 5;
  /** Default 60. */
  keepAliveSeconds?: number;
  /** For CONNACK, for a sign of life, and for credentials; default 30. */
  timeoutSeconds?: number;
  /** Seconds after which credentials that expire are renewed at the latest; default 1800. */
  refreshEverySeconds?: number;
  /** Seconds before their expiry at which credentials are renewed at the latest; default 60. */
  refreshMarginSeconds?: number;
  /** Default 1 to 60 s. */
  reconnect?: Partial<ReconnectOptions>;
  /** Default 1000 messages and 1 MiB. */
  queue?: Partial<QueueLimits>;
  /** MQTT 5; default 3600. MQTT 3.1.1 leaves it to the broker. */
  sessionExpirySeconds?: number;
  /** MQTT 5; default 10. */
  willDelaySeconds?: number;
  tls?: TlsOptions;
  /** An HTTP server whose Date is asked where the clock is not plausible or credentials were refused. */
  timeUrl?: string;
  /** No time before this one is plausible; default: when this version was made. */
  notBefore?: Date;
  /** For tests and simulations. */
  testing?: { nowMs?: () => number; monotonicMs?: () => number; random?: () => number };
}

const whole = (least: number, most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const seconds = (least: number, most: number) => (value: unknown) =>
  typeof value === "number" && value >= least && value <= most;

/**
 * Throws RangeError or TypeError that names the option. Programs without types use this, too.
 */
export function checkDeviceOptions(options: DeviceOptions): void {
  const { protocol } = new URL(options.url);
  if (!["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol)) {
    throw new RangeError(`url has to begin with mqtt:, mqtts:, ws: or wss:, not ${protocol}`);
  }
  if (new URL(options.url).password !== "") throw new RangeError("url has a password in it: give it as credentials");
  const checks: [name: string, value: unknown, isRight: (value: unknown) => boolean][] = [
    ["protocolVersion", options.protocolVersion, (value) => value === 4 || value === 5],
    ["keepAliveSeconds", options.keepAliveSeconds, whole(1, 65_535)],
    ["timeoutSeconds", options.timeoutSeconds, seconds(0.1, 3600)],
    ["refreshEverySeconds", options.refreshEverySeconds, seconds(1, 1e8)],
    ["refreshMarginSeconds", options.refreshMarginSeconds, seconds(0, 1e8)],
    ["reconnect.leastSeconds", options.reconnect?.leastSeconds, seconds(0.01, 3600)],
    ["reconnect.mostSeconds", options.reconnect?.mostSeconds, seconds(0.01, 1e5)],
    ["queue.messages", options.queue?.messages, whole(1, 1e7)],
    ["queue.bytes", options.queue?.bytes, whole(1, 2 ** 40)],
    ["sessionExpirySeconds", options.sessionExpirySeconds, whole(0, 2 ** 32 - 1)],
    ["willDelaySeconds", options.willDelaySeconds, whole(0, 2 ** 32 - 1)],
  ];
  for (const [name, value, isRight] of checks) {
    if (value !== undefined && !isRight(value)) throw new RangeError(`${name} has to be another value than ${value}`);
  }
}
