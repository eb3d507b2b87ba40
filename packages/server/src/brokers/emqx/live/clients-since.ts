import type { Json, ManagementClient } from "../management/management-client.ts";
import { rowsOf } from "./kick-client.ts";

/** A client that is connected to EMQX. */
export interface ConnectedClient {
  clientId: string;
  /** As our answer named it; absent for one that came in without. */
  deviceId?: string;
  /** Unix milliseconds. */
  connectedAt?: number;
  address?: string;
}

const pageSize = 1000;
/** Pages that are read, at most. */
const mostPages = 200;

/** Clients that connected at or after a time (Unix milliseconds) and are there still. Rejects with `ManagementError`. */
export async function* clientsSince(
  client: Pick<ManagementClient, "get">,
  sinceMs: number,
): AsyncGenerator<ConnectedClient> {
  const since = encodeURIComponent(new Date(sinceMs).toISOString());
  yield* list(client, `gte_connected_at=${since}&conn_state=connected`);
}

/** Clients that said they are this user. Rejects with `ManagementError`. */
export function clientsWithUsername(
  client: Pick<ManagementClient, "get">,
  username: string,
): AsyncGenerator<ConnectedClient> {
  return list(client, `username=${encodeURIComponent(username)}`);
}

async function* list(client: Pick<ManagementClient, "get">, query: string): AsyncGenerator<ConnectedClient> {
  for (let page = 1; page <= mostPages; page++) {
    const rows = rowsOf(await client.get(`/clients?${query}&page=${page}&limit=${pageSize}`));
    for (const row of rows) {
      const read = readClient(row);
      if (read !== undefined) yield read;
    }
    if (rows.length < pageSize) return;
  }
}

function readClient(row: Json): ConnectedClient | undefined {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
  const { clientid, client_attrs: attributes, connected_at: at, ip_address: address } = row;
  if (typeof clientid !== "string" || clientid === "") return undefined;
  const named = typeof attributes === "object" && attributes !== null && !Array.isArray(attributes);
  const deviceId = named ? attributes["device"] : undefined;
  const connectedAt = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return {
    clientId: clientid,
    ...(typeof deviceId === "string" && deviceId !== "" && { deviceId }),
    ...(!Number.isNaN(connectedAt) && { connectedAt }),
    ...(typeof address === "string" && { address }),
  };
}
