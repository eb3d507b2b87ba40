import type { IClientOptions } from "mqtt";
import type { ConnectionOptions } from "./connection-options.ts";
import type { DeviceCredentials } from "./device-credentials.ts";

/** One connection each: reconnecting, subscribing again and queueing are the device's, not the MQTT client's. */
export function clientOptions(options: ConnectionOptions, credentials: DeviceCredentials): IClientOptions {
  const { will, protocolVersion, sessionExpirySeconds, willDelaySeconds, timeoutSeconds, keepAliveSeconds } = options;
  const isV5 = protocolVersion === 5;
  const { ca, cert, key } = options.tls ?? {};
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    protocolVersion,
    clientId: credentials.clientId,
    username: credentials.username,
    password: credentials.password,
    clean: options.clean === true,
    keepalive: keepAliveSeconds,
    // Longer than our own, which says what has happened.
    connectTimeout: (timeoutSeconds + 1) * 1000,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(isV5 && { properties: { sessionExpiryInterval: sessionExpirySeconds } }),
    ...(will && {
      will: {
        ...will,
        // mqtt.js has Buffer's view of bytes, in browsers too.
        payload: will.payload as Buffer,
        ...(isV5 && { properties: { willDelayInterval: willDelaySeconds } }),
      },
    }),
  };
}
