import type { EmqxConfig } from "../../../config/emqx-section.ts";
import type { EmqxState } from "../configure/emqx-state.ts";
import type { JsonObject } from "../management/management-client.ts";
import type { ProbeResult } from "../management/probe-connack.ts";
import type { EmqxVersion } from "../management/read-version.ts";

/** What is known of an EMQX when it is looked for trouble. What was not asked is left out, and then not warned of. */
export interface WarningInput {
  /** As EMQX is, or as it will be once a plan is applied. */
  state: EmqxState;
  /** Each as `GET /listeners/{id}` gives it. */
  listeners: readonly JsonObject[];
  /** `GET /configs/global_zone` */
  globalZone?: JsonObject | undefined;
  version: EmqxVersion;
  config: EmqxConfig;
  /** Whether EMQX reaches us. */
  probe?: ProbeResult | undefined;
  /** Whether EMQX's dashboard lets in with the password of every new EMQX. */
  hasDefaultPassword?: boolean | undefined;
  /** Addresses of some clients that are connected. */
  addresses?: readonly string[] | undefined;
  /** When Connack set EMQX up last, and what is the time now, both in Unix milliseconds. */
  lastAppliedMs?: number | undefined;
  nowMs: number;
}

export interface Finding {
  sentence: string;
  /** What to do. */
  next: string;
}

/** One kind of trouble: stable name, how it is explained in the documentation, and how it is found. */
export interface WarningRule {
  name: string;
  /** A conflict: nothing may be changed in EMQX while it stands. */
  isConflict?: true;
  /** What is looked at, and what follows from it; one or two sentences. */
  about: string;
  find(input: WarningInput): Finding[];
}
