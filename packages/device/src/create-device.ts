import { askTime } from "./ask-time.ts";
import { Backoff } from "./backoff.ts";
import { checkDeviceOptions } from "./check-device-options.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { CredentialsSource } from "./credentials-source.ts";
import { Device, type DeviceEvents } from "./device.ts";
import { DeviceClock } from "./device-clock.ts";
import { asProvider } from "./device-credentials.ts";
import { DeviceHistory } from "./device-history.ts";
import { DeviceLoop } from "./device-loop.ts";
import type { DeviceOptions } from "./device-options.ts";
import { subscriptionProblem } from "./device-problem.ts";
import { Emitter } from "./emitter.ts";
import { openConnection } from "./open-connection.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { Publisher } from "./publisher.ts";
import { Subscriptions } from "./subscriptions.ts";
import { tellProblems } from "./tell-problems.ts";
import { WakeableSleep } from "./wakeable-sleep.ts";

/** A clock that says less has not been set: this version was made after it. */
const madeAtMs = Date.UTC(2026, 0, 1);

/**
 * A device that gets credentials, connects, stays connected with fresh ones, and keeps what it promised.
 * Throws RangeError for an option that cannot be, TypeError for a URL that is none or credentials that cannot give any.
 */
export function createDevice(options: DeviceOptions): Device {
  checkDeviceOptions(options);
  const {
    random = Math.random,
    nowMs = () => Date.now(),
    monotonicMs = () => performance.now(),
  } = options.testing ?? {};
  const connection = connectionOptions(options);
  const { timeoutSeconds } = connection;
  const provider = asProvider(options.credentials);
  const clock = new DeviceClock({ nowMs, monotonicMs, notBeforeMs: options.notBefore?.getTime() ?? madeAtMs });
  const events = new Emitter<DeviceEvents>();
  const history = new DeviceHistory();
  const onProblem = tellProblems(clock, history, (problem) => events.emit("problem", problem));
  const reconnect = { leastSeconds: 1, mostSeconds: 60, ...options.reconnect };
  const parts = {
    open: options.testing?.open ?? openConnection,
    connection,
    clock,
    source: new CredentialsSource({
      provider,
      clientId: options.clientId,
      timeoutSeconds,
      refresh: { everySeconds: options.refreshEverySeconds ?? 1800, marginSeconds: options.refreshMarginSeconds ?? 60 },
      clock,
      random,
    }),
    publisher: new Publisher({ messages: 1000, bytes: 2 ** 20, ...options.queue }),
    subscriptions: new Subscriptions((refused) => onProblem(subscriptionProblem(refused))),
    history,
    connecting: new Backoff(reconnect, random),
    asking: new Backoff(reconnect, random),
    lastingMs: reconnect.mostSeconds * 1000,
    pause: new WakeableSleep(),
    askTime: (stop: AbortSignal) => askTime({ clock, timeUrl: options.timeUrl, timeoutSeconds, onProblem }, stop),
    onState(state: DeviceEvents["state"]) {
      if (!history.enter(state)) return;
      events.emit("state", state);
    },
    onProblem,
    onMessage: (message: DeviceEvents["message"]) => events.emit("message", message),
  };
  return new Device({ ...parts, events, loop: new DeviceLoop(parts) });
}

function connectionOptions({ will, tls, ...options }: DeviceOptions): ConnectionOptions {
  return {
    url: options.url,
    protocolVersion: options.protocolVersion ?? 4,
    keepAliveSeconds: options.keepAliveSeconds ?? 60,
    timeoutSeconds: options.timeoutSeconds ?? 30,
    willDelaySeconds: options.willDelaySeconds ?? 10,
    sessionExpirySeconds: options.sessionExpirySeconds ?? 3600,
    ...(will && { will: outgoingMessage(will) }),
    ...(tls && { tls }),
  };
}
