import type { Json, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { scrubSecrets } from "../management/scrub-secrets.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { cacheName } from "./configured-object.ts";
import { intendedBy } from "./intended-by.ts";
import { isAsIntended } from "./is-as-intended.ts";
import { isLastEnabled } from "./is-last-enabled.ts";
import { readObject } from "./read-object.ts";
import { hiddenLeaves } from "./secret-keys.ts";
import { mayBeDone, wasDone } from "./was-done.ts";

export interface StepHooks {
  /** Before a request is sent: what must not be forgotten if this process ends now. */
  begin(step: ConfigurationStep): Promise<void>;
  /** After it, with the object as EMQX has it now; `null` where it is gone. */
  end(step: ConfigurationStep, left: Json | null): Promise<void>;
  /** Asks to stop before the next step. */
  interrupted?: AbortSignal;
}

export interface StepsOutcome {
  done: ConfigurationStep[];
  /** Why it did not go on, and with which step; that step may have been done. */
  failed?: { step: ConfigurationStep; error: ManagementError };
  /** What has not been tried. */
  remaining: ConfigurationStep[];
  /** What EMQX took, and does not have: something else sets it. */
  notKept: string[];
}

/**
 * Does one step after the other, looks after each at what EMQX has, and stops at the first that fails. Before the last
 * enabled authenticator would go it stops by itself, unless the broker may be left `open`: somebody may have changed the
 * chain since the plan was made.
 */
export async function runSteps(
  client: ManagementClient,
  steps: readonly ConfigurationStep[],
  hooks: StepHooks,
  { open }: { open: boolean },
): Promise<StepsOutcome> {
  const outcome: StepsOutcome = { done: [], remaining: [...steps], notKept: [] };
  for (const step of steps) {
    if (hooks.interrupted?.aborted) return outcome;
    outcome.remaining.shift();
    try {
      if (!open && (await isLastEnabled(client, step))) throw wouldOpen(step);
      await hooks.begin(step);
      await send(client, step).catch(async (error: unknown) => {
        if (!mayBeDone(error) || !(await wasDone(client, step))) throw error;
      });
      const left = step.object === cacheName ? null : ((await readObject(client, step.object)) ?? null);
      if (step.request.method === "DELETE" && left !== null) throw stillThere(step);
      await hooks.end(step, left);
      if (step.object !== cacheName && !isAsIntended(left, intendedBy(step))) outcome.notKept.push(step.object);
      outcome.done.push(step);
    } catch (error) {
      if (!(error instanceof ManagementError)) throw error;
      return { ...outcome, failed: { step, error: withoutSecrets(error, step) } };
    }
  }
  return outcome;
}

async function send(client: ManagementClient, { request }: ConfigurationStep): Promise<void> {
  if (request.method === "DELETE") await client.delete(request.path);
  else if (request.method === "POST") await client.post(request.path, request.body);
  else await client.put(request.path, request.body ?? {});
}

/** Places of the secrets that a step puts into EMQX. */
export function secretsWritten({ request }: ConfigurationStep): string[] {
  return request.body === undefined ? [] : hiddenLeaves(request.body).map(({ path }) => path.join("."));
}

function stillThere({ object, request }: ConfigurationStep): ManagementError {
  const endpoint = `${request.method} ${request.path}`;
  return new ManagementError(`${endpoint}: EMQX took it, and the ${object} is still there.`, {
    problem: "unreadable_answer",
    endpoint,
    next: "check brokers.emqx.url: is that EMQX itself, or a proxy before it?",
  });
}

function wouldOpen(step: ConfigurationStep): ManagementError {
  const endpoint = `${step.request.method} ${step.request.path}`;
  return new ManagementError(
    `${endpoint}: not sent. No enabled authenticator would be left, and EMQX would let everybody in. Somebody has changed the chain in the meantime.`,
    { problem: "conflict", endpoint, next: "look at connack emqx plan, and start again" },
  );
}

/** EMQX repeats what it was sent in some errors. */
function withoutSecrets(error: ManagementError, { request }: ConfigurationStep): ManagementError {
  const secrets = request.body === undefined ? [] : hiddenLeaves(request.body).map(({ value }) => String(value));
  const bare = secrets.map((secret) => secret.replace(/^(?:Bearer|Basic) /, ""));
  const { problem, endpoint, status, code, next } = error;
  return new ManagementError(scrubSecrets(error.message, [...secrets, ...bare]), {
    problem,
    endpoint,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(next !== undefined && { next }),
  });
}
