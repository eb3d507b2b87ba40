import type { Json, ManagementClient } from "../management/management-client.ts";
import { bodyOf, databaseRulesName, orderName, pathOf } from "./configured-object.ts";
import { isObject } from "./leaves.ts";

/** One object of EMQX as PUT takes it; `undefined` where it is not there. Throws `ManagementError`. */
export async function readObject(
  client: Pick<ManagementClient, "get" | "find">,
  name: string,
): Promise<Json | undefined> {
  if (name === orderName) {
    const chain = await client.get("/authentication");
    return Array.isArray(chain) ? chain.map((each) => (isObject(each) ? (each["id"] ?? null) : null)) : undefined;
  }
  const found = await client.find(pathOf(name));
  if (found === undefined) return undefined;
  if (name === databaseRulesName) return isObject(found) ? (found["rules"] ?? []) : undefined;
  return bodyOf(name, found);
}
