import type { Recorded } from "./ask-connack.ts";
import type { BrokerName } from "./explain-connack.ts";
import type { ShownToken } from "./token-remarks.ts";

/** In the order they are taken. */
export type StepName =
  | "credential"
  | "token"
  | "size"
  | "DNS"
  | "TCP"
  | "TLS"
  | "WebSocket"
  | "CONNACK"
  | "SUBACK"
  | "PUBACK"
  | "message"
  | "DISCONNECT";

/** One thing that was tried. `warning`: it went well, and something about it may matter. */
export interface TrialStep {
  name: StepName;
  state: "passed" | "failed" | "warning" | "skipped";
  text: string;
}

/** What `connack try` found out. Holds no password, and of a token all but its signature. */
export interface TrialReport {
  url: string;
  works: boolean;
  /** What works, or the first thing that does not. */
  sentence: string;
  /** What mends it, where Connack's own reason says so. */
  fix?: string;
  /** What to do now. */
  next?: string;
  mqtt: "3.1.1" | "5";
  broker?: BrokerName;
  clientId: string;
  username: string;
  deviceId?: string;
  /** Where the credential comes from. */
  credential: string;
  token?: Omit<ShownToken, "remarks">;
  connectBytes: number;
  /** Libraries whose default buffer is too small for it. */
  buffersTooSmall: string[];
  connack?: { code: number; name: string; meaning?: string };
  /** What the Connack server of this data folder recorded about a refusal. */
  recorded?: Recorded;
  topics: { subscribe: string; publish?: string };
  /** Milliseconds from PUBLISH to the message that came back. */
  roundTripMs?: number;
  steps: TrialStep[];
}

/** The first thing that does not work. */
export interface Failure {
  sentence: string;
  fix?: string;
  next: string;
  /** Nothing answered, as opposed to a no. */
  isUnreachable?: true;
}
