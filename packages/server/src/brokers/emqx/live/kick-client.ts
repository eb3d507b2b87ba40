import type { Json, ManagementClient } from "../management/management-client.ts";
import { clientPath } from "./client-path.ts";

/** Ends the connection with this client id, and its session; says whether there was one. Rejects with `ManagementError`. */
export async function kickClient(client: ManagementClient, clientId: string): Promise<boolean> {
  const path = clientPath(clientId);
  if (path !== undefined) return await client.delete(path);
  if (clientId === "" || !clientId.isWellFormed()) return false;
  // A client id that has no path is named in a list. EMQX does not say whether it was there.
  const was = await isThere(client, clientId);
  await client.post("/clients/kickout/bulk", [clientId]);
  return was;
}

async function isThere(client: ManagementClient, clientId: string): Promise<boolean> {
  const query = `clientid=${encodeURIComponent(clientId)}&fields=clientid`;
  return rowsOf(await client.get(`/clients?${query}`)).length > 0;
}

/** `data` of a page. */
export function rowsOf(page: Json): Json[] {
  if (typeof page !== "object" || page === null || Array.isArray(page)) return [];
  return Array.isArray(page["data"]) ? page["data"] : [];
}
