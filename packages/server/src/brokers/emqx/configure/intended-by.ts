import type { Json } from "../management/management-client.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { databaseRulesName, orderName } from "./configured-object.ts";
import { isObject } from "./leaves.ts";
import { maskHidden } from "./secret-keys.ts";

/** What a step leaves in EMQX, hidden values as `******`; `null` where it takes the object away. */
export function intendedBy({ object, request }: ConfigurationStep): Json | null {
  if (request.method === "DELETE" || request.body === undefined) return null;
  if (object === orderName && Array.isArray(request.body)) {
    return request.body.map((each) => (isObject(each) ? (each["id"] ?? null) : null));
  }
  if (object === databaseRulesName && isObject(request.body)) return request.body["rules"] ?? [];
  return maskHidden(request.body);
}
