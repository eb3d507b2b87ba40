import type { OutgoingMessage } from "./publish-queue.ts";

export interface TlsOptions {
  /** PEM of the authorities that sign the broker's certificate; those of the system where it is absent. */
  ca?: string;
  /** PEM of the device's own certificate and key. */
  cert?: string;
  key?: string;
}

export interface ConnectionOptions {
  /** mqtt:, mqtts:, ws: or wss: (browsers: the latter two). */
  url: string;
  /** 4 is MQTT 3.1.1. */
  protocolVersion: 4 | 5;
  keepAliveSeconds: number;
  /** For everything from the first packet to CONNACK. */
  timeoutSeconds: number;
  /** Published by the broker when the connection ends without a goodbye. */
  will?: OutgoingMessage;
  /** MQTT 5: how long the broker waits with the will, so that a hand-over stays silent. */
  willDelaySeconds: number;
  /** MQTT 5: how long the session outlives the connection. `clean: false` alone would end it at DISCONNECT. */
  sessionExpirySeconds: number;
  /** Begin without a session and leave none at the broker, for one connection on its own; default false. */
  clean?: boolean;
  tls?: TlsOptions;
}
