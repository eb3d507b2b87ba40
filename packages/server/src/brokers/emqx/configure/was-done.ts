import type { ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { cacheName } from "./configured-object.ts";
import { intendedBy } from "./intended-by.ts";
import { isAsIntended } from "./is-as-intended.ts";
import { readObject } from "./read-object.ts";
import { hiddenLeaves } from "./secret-keys.ts";

/** A call that got no answer: EMQX may have done what it asked for. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof ManagementError && error.status === undefined && silent.has(error.problem);
}

const silent: ReadonlySet<string> = new Set(["timeout", "unreachable", "unreadable_answer"]);

/**
 * Whether EMQX shows that a step was done which it gave no answer to. Not where it cannot be seen: EMQX hides the secrets
 * of what was there before.
 */
export async function wasDone(
  client: Pick<ManagementClient, "get" | "find">,
  step: ConfigurationStep,
): Promise<boolean> {
  const { body } = step.request;
  if (step.object === cacheName) return false;
  if (step.request.method === "PUT" && body !== undefined && hiddenLeaves(body).length > 0) return false;
  try {
    return isAsIntended((await readObject(client, step.object)) ?? null, intendedBy(step));
  } catch (error) {
    if (error instanceof ManagementError) return false;
    throw error;
  }
}
