import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brokerAdapters } from "./brokers/broker-adapters.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { cutRefusedDevices } from "./cut-refused-devices.ts";
import { endFormerPasswords } from "./end-former-passwords.ts";
import { openAdminServer } from "./http/admin/open-admin-server.ts";
import { createBrokerServer } from "./http/broker-server.ts";
import { listenForOperations } from "./http/control-server.ts";
import { createObserver } from "./observe.ts";
import { addressText, openEmbeddedBroker } from "./open-embedded-broker.ts";
import { type House, openHouse } from "./open-house.ts";
import { runOperation } from "./operations/operations.ts";
import { createGuests } from "./operations/service-guests.ts";
import type { StoreHealth } from "./registry/device-registry.ts";
import type { Logger } from "./telemetry/logger.ts";
import { configuredTls } from "./tls/configured-tls.ts";

export interface Service {
  house: House;
  close(): Promise<void>;
}

/** Puts the house together and opens its doors, one listener after the other; all or none. */
export async function serve(loaded: LoadedConfig, logger: Logger): Promise<Service> {
  const onError = (error: unknown) => logger.error({ err: error }, "unexpected error");
  // First, as a mistake in it should not leave a new data folder behind.
  const tls = configuredTls(loaded);
  const house = await openHouse({
    loaded,
    onError,
    onProblem: (sentence) => logger.warn(sentence),
    onHealth: (health) => logHealth(logger, health),
  });
  const found = house.registry.health();
  if (found.state !== "ready") logHealth(logger, found);
  const closers: (() => Promise<void> | void)[] = [() => house.close()];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { config, decideConnect, nowMs } = house;
    const observer = createObserver(house, logger, config.brokers.embedded.denyAction);
    if (config.brokers.embedded.enabled) {
      const guests = createGuests(nowMs);
      const formerPasswords = endFormerPasswords({
        registry: house.registry,
        kick: (id) => broker.kickDevice(id, "moved"),
        nowMs,
        onError,
      });
      closers.push(() => formerPasswords.stop());
      const {
        broker,
        listeners,
        close: closeBroker,
      } = await openEmbeddedBroker({
        config: config.brokers.embedded,
        tls,
        nowMs,
        async decideConnect(request) {
          const begin = performance.now();
          const decision = guests.admit(request) ?? (await decideConnect(request));
          if (decision.result === "allow" && decision.scheme === "password") formerPasswords.letIn(decision.deviceId);
          observer.decision({ broker: "embedded", decision, request, latencyMs: performance.now() - begin });
          return decision;
        },
        onError,
        onProblem: (sentence) => logger.warn(sentence),
        onNews: (sentence) => logger.info(sentence),
        onEvent: observer.embeddedEvent,
      });
      closers.push(closeBroker, cutRefusedDevices(house.registry, broker));
      Object.assign(house.listeners, listeners);
      const kick = (deviceId: string) => broker.kickDevice(deviceId, "kicked");
      house.embedded = {
        kick,
        connected: () => broker.connected(),
        counters: () => broker.counters(),
        guests,
      };
    }
    const brokerServer = createBrokerServer({
      decideConnect,
      onDecision: observer.decision,
      decideTopic: house.decideTopic,
      onTopicDenied: observer.topicDenied,
      onError,
      onProblem: (sentence) => logger.warn(sentence),
      nowMs,
      adapters: brokerAdapters,
      access: { token: house.brokerToken, ...config.http.brokers },
      denyStatus: config.brokers.denyStatus,
      maxConnections: config.http.brokers.maxConnections,
      readiness: () => ({
        ready: house.registry.health().state === "ready",
        registry: house.registry.health(),
        warnings: house.warnings(),
      }),
    });
    house.listeners.brokers = `http://${await listen(brokerServer, config.http.brokers)}`;
    closers.push(() => closeServer(brokerServer));
    if (config.http.admin.enabled) {
      const admin = await openAdminServer(house, { onError });
      house.listeners.admin = admin.url;
      closers.push(admin.close);
    }
    const path = house.folder.file("connack.sock");
    const control = await listenForOperations({
      path,
      run: (name, input) => runOperation(house, name, input),
      audit: house.audit,
      onError,
    });
    closers.push(() => closeServer(control));
    return { house, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function logHealth(logger: Logger, { state, detail }: StoreHealth): void {
  logger[state === "ready" ? "info" : "error"](`registry: ${detail ? `${state}: ${detail}` : state}`);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve(addressText({ host, port: (server.address() as AddressInfo).port }));
    });
  });
}

/** Lets answers under way finish, for two seconds. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), 2000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
