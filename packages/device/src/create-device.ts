import { CredentialsSource } from "./credentials-source.ts";
import { Device, type DeviceEvents, type DeviceParts } from "./device.ts";
import { DeviceClock } from "./device-clock.ts";
import { asProvider } from "./device-credentials.ts";
import { DeviceLoop } from "./device-loop.ts";
import { checkDeviceOptions, type DeviceOptions } from "./device-options.ts";
import { Emitter } from "./emitter.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { Publisher } from "./publisher.ts";
import { Subscriptions } from "./subscriptions.ts";
import { askTimeUrl } from "./time-url.ts";

/** A clock that says less has not been set: this version was made after it. */
const madeAtMs = Date.UTC(2026, 0, 1);

/**
 * A device that gets credentials, connects, stays connected with fresh ones, and keeps what it promised.
 * Throws RangeError for an option that cannot be, TypeError for a URL that is none.
 */
export function createDevice(options: DeviceOptions): Device {
  checkDeviceOptions(options);
  const { random = Math.random, nowMs = Date.now, monotonicMs = () => performance.now() } = options.testing ?? {};
  const timeoutSeconds = options.timeoutSeconds ?? 30;
  const { timeUrl, clientId } = options;
  const provider = asProvider(options.credentials);
  const clock = new DeviceClock({ nowMs, monotonicMs, notBeforeMs: options.notBefore?.getTime() ?? madeAtMs });
  const events = new Emitter<DeviceEvents>();
  const publisher = new Publisher({ messages: 1000, bytes: 2 ** 20, ...options.queue });
  const subscriptions = new Subscriptions();
  const current: DeviceParts["current"] = { state: "getting credentials", problem: undefined };
  const refresh = {
    everySeconds: options.refreshEverySeconds ?? 1800,
    marginSeconds: options.refreshMarginSeconds ?? 60,
  };
  const loop = new DeviceLoop({
    connection: {
      url: options.url,
      protocolVersion: options.protocolVersion ?? 4,
      keepAliveSeconds: options.keepAliveSeconds ?? 60,
      timeoutSeconds,
      willDelaySeconds: options.willDelaySeconds ?? 10,
      sessionExpirySeconds: options.sessionExpirySeconds ?? 3600,
      ...(options.will && { will: outgoingMessage(options.will) }),
      ...(options.tls && { tls: options.tls }),
    },
    reconnect: { leastSeconds: 1, mostSeconds: 60, ...options.reconnect },
    provider,
    source: new CredentialsSource({ provider, clientId, timeoutSeconds, refresh, clock, random }),
    clock,
    publisher,
    subscriptions,
    random,
    async askTime() {
      if (timeUrl === undefined) return;
      // Without an answer the clock stays what it is, and the device says so.
      await askTimeUrl(timeUrl, timeoutSeconds * 1000).then(
        (time) => clock.heardTime(time),
        () => undefined,
      );
    },
    onState(state) {
      if (state === current.state) return;
      current.state = state;
      events.emit("state", state);
    },
    onProblem(problem) {
      current.problem = problem;
      events.emit("problem", problem);
    },
    onMessage: (message) => events.emit("message", message),
  });
  return new Device({ events, loop, publisher, subscriptions, clock, provider, current });
}
