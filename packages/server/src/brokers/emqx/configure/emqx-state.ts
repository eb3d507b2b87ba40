import type { JsonObject } from "../management/management-client.ts";

/**
 * What EMQX is configured to do, as far as Connack looks at it or touches it: read from the API, kept in a snapshot, or
 * wanted. Objects are as GET gives them (secrets as `******`); what is wanted has its secrets in clear and is never
 * printed as it is.
 */
export interface EmqxState {
  /** The chain, in its order: GET /authentication. */
  authenticators: JsonObject[];
  /** GET /authorization/settings */
  settings: JsonObject;
  /** In their order: `sources` of GET /authorization/sources. */
  sources: JsonObject[];
  /** Rules for all clients of the built-in database, where that source exists. */
  databaseRules: JsonObject[] | undefined;
  /** GET /mqtt/auto_subscribe */
  autoSubscribe: JsonObject[];
  connectors: JsonObject[];
  actions: JsonObject[];
  rules: JsonObject[];
}
