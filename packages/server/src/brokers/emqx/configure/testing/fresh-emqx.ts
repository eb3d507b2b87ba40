import { randomBytes } from "node:crypto";
import { configSchema } from "../../../../config/config-schema.ts";
import type { ChangeMemory } from "../change-memory.ts";
import { type DesiredState, desiredState } from "../desired-state.ts";
import type { EmqxState } from "../emqx-state.ts";
import type { LiveEmqx } from "../read-state.ts";

export const brokerToken = randomBytes(32).toString("base64url");

/** Like a new EMQX 5.8.0, with some of it changed. */
export function freshEmqx(state: Partial<EmqxState> = {}, connections = 0): LiveEmqx {
  return {
    state: {
      authenticators: [],
      settings: {
        no_match: "allow",
        deny_action: "ignore",
        cache: { enable: true, excludes: [], max_size: 32, ttl: "1m" },
      },
      sources: [{ type: "file", enable: true, rules: "%% a comment\n{allow, all}.\n" }],
      databaseRules: undefined,
      autoSubscribe: [],
      connectors: [],
      actions: [],
      rules: [],
      ...state,
    },
    version: { version: "5.8.0", edition: "Opensource", nodes: [], support: "known" },
    connections,
  };
}

/** Nothing was changed by us before. */
export const noMemory: ChangeMemory = {
  secrets: { knows: () => false, isKept: () => false },
  isOurs: () => false,
  wasAdded: () => true,
  addedTo: () => [],
};

/** What is wanted with these settings under `brokers.emqx`. */
export function desiredWith(
  emqx: object = {},
  more: { asksPerTopic?: boolean; credentials?: object } = {},
): DesiredState {
  const { asksPerTopic = false, credentials = {} } = more;
  const config = configSchema.parse({ brokers: { emqx }, credentials });
  return desiredState({ emqx: config.brokers.emqx, ownJwt: config.credentials.jwt, brokerToken, asksPerTopic });
}
