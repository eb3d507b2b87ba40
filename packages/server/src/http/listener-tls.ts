import type { X509Certificate } from "node:crypto";
import type { Server as HttpServer } from "node:http";
import type { SecureContextOptions, Server, TLSSocket, TlsOptions } from "node:tls";
import type { LoadedConfig } from "../config/load-config.ts";
import { type ConfiguredTls, loadConfiguredTls } from "../tls/configured-tls.ts";
import { explainTlsFailure } from "../tls/explain-tls-failure.ts";
import { secureContextOptions } from "../tls/tls-material.ts";
import { TlsFileWatcher } from "../tls/watch-tls-files.ts";

/** A listener for HTTP that may be configured with TLS. */
export type HttpListener = "brokers" | "admin";

/** A connection that does not finish its handshake is ended after so many milliseconds. */
const handshakeMs = 10_000;

const lookAtFilesMs = 60_000;

/** The certificate of `http.<listener>.tls`; nothing when none is configured. Throws `ConfigError` for unusable files. */
export function listenerTls({ config, sources }: LoadedConfig, listener: HttpListener): ConfiguredTls | undefined {
  const { certificateFile: certificate, keyFile: key } = config.http[listener].tls;
  if (certificate === undefined || key === undefined) return undefined;
  return loadConfiguredTls(`http.${listener}.tls`, { certificate, key }, sources);
}

/** For `https.createServer`: TLS 1.2 and later, no client certificates, a bounded handshake. */
export function listenerTlsOptions({ material }: ConfiguredTls): SecureContextOptions & TlsOptions {
  return { ...secureContextOptions(material), handshakeTimeout: handshakeMs };
}

/**
 * Ends connections that fail in their handshake, and tells of each in one sentence, but of those that left without a
 * word, as probes of a load balancer do. Listeners for `clientError` get the same error, with a socket that is destroyed.
 */
export function tellFailedHandshakes(server: HttpServer, tell: (detail: string) => void): void {
  server.prependListener("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    if (error.code !== "ECONNRESET") tell(`from ${socket.remoteAddress ?? "?"}: ${explainTlsFailure(error)}`);
    socket.destroy();
  });
}

export interface ListenerTlsWatch {
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
  /** Told, in one sentence, what an operator should do something about. */
  onProblem(sentence: string): void;
  /** Told of the certificate that is in force: at once, and of each that comes after it. */
  onInForce?(certificate: X509Certificate): void;
  nowMs(): number;
}

/** Takes renewed files without a restart; connections that stand are not touched. Returns what ends that. */
export function watchListenerTls(
  server: Pick<Server, "setSecureContext">,
  tls: ConfiguredTls,
  { onInForce, onNews, onProblem, nowMs }: ListenerTlsWatch,
): () => void {
  const watcher = new TlsFileWatcher({
    ...tls,
    renew: (material) => server.setSecureContext(secureContextOptions(material)),
    onRenewed: onNews,
    onProblem,
    ...(onInForce && { onInForce }),
    nowMs: () => nowMs(),
  });
  const timer = setInterval(() => watcher.look(), lookAtFilesMs);
  timer.unref();
  return () => clearInterval(timer);
}
