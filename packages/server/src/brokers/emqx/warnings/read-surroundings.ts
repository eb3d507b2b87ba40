import type { EmqxConfig } from "../../../config/emqx-section.ts";
import type { LiveEmqx } from "../configure/read-state.ts";
import { hasDefaultPassword } from "../management/has-default-password.ts";
import type { Json, JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { managementOptions } from "../management/open-management-client.ts";
import { probeConnack } from "../management/probe-connack.ts";
import type { WarningInput } from "./warning-rule.ts";

export interface SurroundingsOptions {
  config: EmqxConfig;
  live: Pick<LiveEmqx, "state" | "version">;
  /** Try the dashboard's default password: one login. Left out where the version is not known, as it may lock the user. */
  tryLogin: boolean;
  nowMs?: number;
  lastAppliedMs?: number | undefined;
}

/**
 * What else of EMQX warnings are found in: listeners, the global zone, addresses of a hundred clients, whether EMQX
 * reaches us, and the dashboard's password. What EMQX does not tell us, or does not know, is left out; throws
 * `ManagementError` where it does not answer.
 */
export async function readSurroundings(client: ManagementClient, options: SurroundingsOptions): Promise<WarningInput> {
  const { config, live, tryLogin, nowMs = Date.now(), lastAppliedMs } = options;
  const [listeners, zone, clients, probe, isDefault] = await Promise.all([
    readListeners(client),
    told(client.get("/configs/global_zone")),
    told(client.get("/clients?limit=100")),
    told(probeConnack(client, { url: config.connackUrl, connectTimeout: config.connectTimeout })),
    tryLogin && live.version.support === "known" ? told(hasDefaultPassword(managementOptions(config))) : undefined,
  ]);
  return {
    state: live.state,
    version: live.version,
    config,
    listeners,
    globalZone: asObject(zone),
    addresses: listIn(asObject(clients)?.["data"]).flatMap(({ ip_address: address }) =>
      typeof address === "string" ? [address] : [],
    ),
    probe,
    hasDefaultPassword: isDefault,
    lastAppliedMs,
    nowMs,
  };
}

/** Each with everything it is set to, which `GET /listeners` leaves out. */
export async function readListeners(client: Pick<ManagementClient, "get">): Promise<JsonObject[]> {
  const ids = listIn(await told(client.get("/listeners"))).flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  const found = await Promise.all(ids.map((id) => told(client.get(`/listeners/${encodeURIComponent(id)}`))));
  return found.map(asObject).filter((each) => each !== undefined);
}

/** `undefined` where EMQX says no: a role that may not see it, or a version that has it elsewhere. */
async function told<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ManagementError) || !saysNo.has(error.problem)) throw error;
    return undefined;
  }
}

const saysNo: ReadonlySet<string> = new Set(["not_found", "forbidden", "rejected", "server_error"]);

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

function listIn(value: Json | undefined): JsonObject[] {
  return (Array.isArray(value) ? value : []).map(asObject).filter((each) => each !== undefined);
}
