import type { Backoff } from "./backoff.ts";
import type { IncomingMessage } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { DeviceHistory } from "./device-history.ts";
import type { DeviceProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import type { CredentialsParts } from "./get-credentials.ts";
import type { openConnection } from "./open-connection.ts";
import type { Publisher } from "./publisher.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { WakeableSleep } from "./wakeable-sleep.ts";

/** What the loop of a device works with; `createDevice` puts it together. */
export interface LoopParts extends CredentialsParts {
  open: typeof openConnection;
  connection: ConnectionOptions;
  publisher: Publisher;
  subscriptions: Subscriptions;
  history: DeviceHistory;
  /** Between two attempts to connect, and between two requests for credentials. */
  connecting: Backoff;
  asking: Backoff;
  /** A connection that lasts so long ends a row of failures. */
  lastingMs: number;
  /** Woken by `stop`, and by nothing else. */
  pause: WakeableSleep;
  onState(state: DeviceState): void;
  onProblem(problem: DeviceProblem): void;
  onMessage(message: IncomingMessage): void;
}

/** Until the next attempt, or `stop`. */
export async function waitToTryAgain({ onState, pause }: LoopParts, ms: number): Promise<void> {
  onState("waiting to try again");
  await pause.sleep(ms);
}
