import type { ManagementClient } from "../management/management-client.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { readName } from "./configured-object.ts";
import { isObject } from "./leaves.ts";

/** Whether a step switches off or removes the last authenticator that is enabled: EMQX then lets everybody in. */
export async function isLastEnabled(
  client: Pick<ManagementClient, "get">,
  { object, request }: ConfigurationStep,
): Promise<boolean> {
  const name = readName(object);
  if (name?.kind !== "authenticator") return false;
  const switchesOff = request.method === "DELETE" || (isObject(request.body) && request.body["enable"] === false);
  if (!switchesOff) return false;
  const chain = await client.get("/authentication");
  const enabled = (Array.isArray(chain) ? chain : []).filter((each) => isObject(each) && each["enable"] !== false);
  return enabled.every((each) => isObject(each) && each["id"] === name.id);
}
