import type { X509Certificate } from "node:crypto";
import type { ConnectRequest, Decision } from "@connack/credentials";
import { type EmbeddedBroker, startEmbeddedBroker } from "./brokers/embedded/embedded-broker.ts";
import type { EmbeddedBrokerEvent } from "./brokers/embedded/embedded-broker-event.ts";
import type { Config } from "./config/config-schema.ts";
import type { ConfiguredTls } from "./tls/configured-tls.ts";
import { TlsFileWatcher } from "./tls/watch-tls-files.ts";

export interface EmbeddedBrokerParts {
  config: Config["brokers"]["embedded"];
  /** Its certificate; without one it has no listener with TLS. */
  tls: ConfiguredTls | undefined;
  decideConnect(request: ConnectRequest): Promise<Decision>;
  onEvent(event: EmbeddedBrokerEvent): void;
  onError(error: unknown): void;
  /** Told, in one sentence, what an operator should do something about. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
  /** Told of the certificate that is in force: at once, and of each that comes after it. */
  onInForce?(certificate: X509Certificate): void;
  nowMs: () => number;
}

export interface RunningEmbeddedBroker {
  broker: EmbeddedBroker;
  /** URL of each listener by its scheme: mqtt, ws, mqtts, wss. */
  listeners: Record<string, string>;
  close(): Promise<void>;
}

const lookAtTlsFilesMs = 60_000;

/** The embedded broker as it is configured. */
export async function openEmbeddedBroker(parts: EmbeddedBrokerParts): Promise<RunningEmbeddedBroker> {
  const { config, tls, onError, onEvent, nowMs } = parts;
  const { host, port, tcp, webSocket, denyAction, maxConnections, maxPacketBytes } = config;
  const broker = await startEmbeddedBroker({
    host,
    ...(tcp && { port }),
    webSocket: {
      path: webSocket.path,
      allowedOrigins: webSocket.allowedOrigins,
      ...(webSocket.enabled && { port: webSocket.port }),
    },
    ...(tls && {
      tls: {
        material: tls.material,
        requireClientCertificate: config.tls.requireClientCertificate,
        port: config.tls.port,
        webSocketPort: config.tls.webSocketPort,
      },
    }),
    denyAction,
    limits: { maxConnections, maxPacketBytes },
    nowMs,
    decideConnect: parts.decideConnect,
    onError,
    onEvent,
  });
  const stopLooking = tls && renewFromFiles(broker, tls, parts);
  return {
    broker,
    listeners: urlsOf(broker, webSocket.path),
    close: () => {
      stopLooking?.();
      return broker.close();
    },
  };
}

function renewFromFiles(broker: EmbeddedBroker, tls: ConfiguredTls, parts: EmbeddedBrokerParts): () => void {
  const { onInForce, onNews, onProblem, nowMs } = parts;
  const told = { onRenewed: onNews, onProblem, ...(onInForce && { onInForce }) };
  const watcher = new TlsFileWatcher({ ...tls, ...told, renew: broker.renewTls, nowMs });
  const timer = setInterval(() => watcher.look(), lookAtTlsFilesMs);
  timer.unref();
  return () => clearInterval(timer);
}

function urlsOf({ addresses }: EmbeddedBroker, path: string): Record<string, string> {
  const urls: Record<string, string> = {};
  const { tcp, ws, tls, wss } = addresses;
  if (tcp) urls.mqtt = `mqtt://${addressText(tcp)}`;
  if (ws) urls.ws = `ws://${addressText(ws)}${path}`;
  if (tls) urls.mqtts = `mqtts://${addressText(tls)}`;
  if (wss) urls.wss = `wss://${addressText(wss)}${path}`;
  return urls;
}

/** Host and port as they stand in a URL. */
export function addressText({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
