import type { Config } from "./config/config-schema.ts";
import { cutRefusedDevices } from "./cut-refused-devices.ts";
import { endFormerPasswords } from "./end-former-passwords.ts";
import type { Observer } from "./observe.ts";
import { openEmbeddedBroker } from "./open-embedded-broker.ts";
import type { House } from "./open-house.ts";
import { createGuests } from "./operations/service-guests.ts";
import type { ConfiguredTls } from "./tls/configured-tls.ts";

export interface RunEmbeddedBrokerParts {
  house: House;
  observer: Observer;
  tls: ConfiguredTls | undefined;
  onError(error: unknown): void;
  /** Told, in one sentence, what an operator should do something about. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
}

export interface RunningBroker {
  /** Puts in force what needs no start. */
  configure(config: Config): void;
  close(): Promise<void>;
}

/** The embedded broker beside the house: it asks the house, tells what happens, and cuts whom the house refuses. */
export async function runEmbeddedBroker(parts: RunEmbeddedBrokerParts): Promise<RunningBroker> {
  const { house, observer, tls, onError, onProblem, onNews } = parts;
  const { nowMs, registry } = house;
  const guests = createGuests(nowMs);
  const formerPasswords = endFormerPasswords({
    registry,
    kick: (id) => broker.kickDevice(id, "moved"),
    nowMs,
    onError,
  });
  const opened = openEmbeddedBroker({
    config: house.config.brokers.embedded,
    tls,
    nowMs,
    async decideConnect(request) {
      const begin = performance.now();
      const decision = guests.admit(request) ?? (await house.decideConnect(request));
      if (decision.result === "allow" && decision.scheme === "password") formerPasswords.letIn(decision.deviceId);
      observer.decision({ broker: "embedded", decision, request, latencyMs: performance.now() - begin });
      return decision;
    },
    onError,
    onProblem,
    onNews,
    onInForce: house.metrics.certificateInForce.bind(undefined, "embedded"),
    onEvent: observer.embeddedEvent,
  });
  const { broker, listeners, close } = await opened.catch((error: unknown) => {
    formerPasswords.stop();
    throw error;
  });
  const stopCutting = cutRefusedDevices(registry, broker);
  Object.assign(house.listeners, listeners);
  house.embedded = {
    kick: (deviceId) => broker.kickDevice(deviceId, "kicked"),
    connected: () => broker.connected(),
    counters: () => broker.counters(),
    sizes: () => broker.sizes(),
    connections: () => broker.connections(),
    guests,
  };
  return {
    configure: (config) => broker.configure(config.brokers.embedded),
    async close() {
      await close();
      stopCutting();
      formerPasswords.stop();
    },
  };
}
