import type { TlsOptions } from "./connection-options.ts";
import type { CredentialsProvider } from "./device-credentials.ts";
import type { openConnection } from "./open-connection.ts";
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
  /** How long to wait after a failure; default 1 to 60 s. */
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
  /** For tests and simulations; `open` stands in for `openConnection`. */
  testing?: { nowMs?: () => number; monotonicMs?: () => number; random?: () => number; open?: typeof openConnection };
}
