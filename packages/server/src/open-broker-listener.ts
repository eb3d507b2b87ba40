import type { Server as TlsServer } from "node:https";
import { brokerAdapters } from "./brokers/broker-adapters.ts";
import { madeFrom } from "./config/made-from.ts";
import { createBrokerServer } from "./http/broker-server.ts";
import { listen } from "./http/listen.ts";
import { watchListenerTls } from "./http/listener-tls.ts";
import { stopsGracefully } from "./http/stop-http-server.ts";
import type { Observer } from "./observe.ts";
import { addressText } from "./open-embedded-broker.ts";
import type { House } from "./open-house.ts";
import type { ConfiguredTls } from "./tls/configured-tls.ts";

export interface BrokerListenerParts {
  house: House;
  observer: Observer;
  /** With it the listener speaks HTTPS only. */
  tls: ConfiguredTls | undefined;
  onError(error: unknown): void;
  /** Told, in one sentence, what an operator should do something about. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
}

/** The listener for brokers, as it is configured in `http.brokers`. Rejects with the system's error, as `EADDRINUSE`. */
export async function openBrokerListener(parts: BrokerListenerParts): Promise<{ close(): Promise<void> }> {
  const { house, observer, tls, onError, onProblem } = parts;
  const { host, port, maxConnections } = house.config.http.brokers;
  const access = madeFrom(
    () => house.config.http.brokers,
    ({ allowFrom, allowedHosts, trustedProxies }) => {
      return { token: house.brokerToken, allowFrom, allowedHosts, trustedProxies };
    },
  );
  const server = createBrokerServer({
    decideConnect: house.decideConnect,
    onDecision: observer.decision,
    decideTopic: house.decideTopic,
    onTopicDenied: observer.topicDenied,
    onBrokerEvents: observer.toldByBroker,
    onError,
    onProblem,
    nowMs: house.nowMs,
    adapters: brokerAdapters,
    get access() {
      return access();
    },
    get denyStatus() {
      return house.config.brokers.denyStatus;
    },
    tls,
    maxConnections,
    readiness: () => ({
      ready: house.registry.health().state === "ready",
      registry: house.registry.health(),
      warnings: house.warnings(),
    }),
  });
  const stop = stopsGracefully(server);
  const address = addressText({ host, port: await listen(server, { host, port }) });
  house.listeners["brokers"] = `${tls ? "https" : "http"}://${address}`;
  const endWatch = tls && watchTls(server as TlsServer, tls, parts);
  return {
    close() {
      endWatch?.();
      return stop();
    },
  };
}

function watchTls(server: TlsServer, tls: ConfiguredTls, { house, onNews, onProblem }: BrokerListenerParts) {
  const onInForce = house.metrics.certificateInForce.bind(undefined, "brokers");
  return watchListenerTls(server, tls, { onNews, onProblem, onInForce, nowMs: house.nowMs });
}
