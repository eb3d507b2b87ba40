import { isConnackAddress } from "../configure/is-connack-address.ts";
import type { JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { idOf, isEnabled } from "../warnings/chain.ts";
import type { EmqxSettings } from "./verify-setting.ts";

/** An authenticator of EMQX's chain that lets clients in of whom Connack knows nothing. */
export interface ForeignAuthenticator {
  /** As EMQX has it, e.g. `password_based:built_in_database`. */
  id: string;
  /** Asked before Connack: it also decides while Connack answers. */
  isBefore: boolean;
  /** How many users it has, where EMQX tells. */
  users?: number;
}

/**
 * Who else may let clients in: no attack can show it, as nobody can guess a name and a password that others gave. Throws
 * `ManagementError`.
 */
export async function foreignAuthenticators(
  client: Pick<ManagementClient, "get">,
  { connackUrl, jwt }: Pick<EmqxSettings, "connackUrl" | "jwt">,
): Promise<ForeignAuthenticator[]> {
  const chain = (await client.get("/authentication")) as JsonObject[];
  const ours = chain.findIndex((each) => each["backend"] === "http" && isConnackAddress(each["url"], connackUrl));
  const found: ForeignAuthenticator[] = [];
  for (const [place, each] of chain.entries()) {
    if (!isEnabled(each) || place === ours || (jwt.enabled && each["mechanism"] === "jwt")) continue;
    const users = each["backend"] === "built_in_database" ? await countUsers(client, idOf(each)) : undefined;
    const isBefore = ours < 0 || place < ours;
    found.push({ id: idOf(each), isBefore, ...(users !== undefined && { users }) });
  }
  return found;
}

/** `undefined` where EMQX does not tell. */
async function countUsers(client: Pick<ManagementClient, "get">, id: string): Promise<number | undefined> {
  try {
    const page = (await client.get(`/authentication/${encodeURIComponent(id)}/users?page=1&limit=1`)) as JsonObject;
    const count = (page["meta"] as JsonObject | undefined)?.["count"];
    return typeof count === "number" ? count : undefined;
  } catch (error) {
    if (error instanceof ManagementError) return undefined;
    throw error;
  }
}
