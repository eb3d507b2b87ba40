import type { ManagementClient } from "../management/management-client.ts";
import type { ManagementError } from "../management/management-error.ts";
import { mask } from "../management/scrub-secrets.ts";
import type { AppliedSecrets } from "./applied-secrets.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { cacheName, databaseRulesName, objectsOf } from "./configured-object.ts";
import { intendedBy } from "./intended-by.ts";
import { isObject, leavesOf } from "./leaves.ts";
import type { LiveEmqx } from "./read-state.ts";
import { runSteps, type StepsOutcome, secretsWritten } from "./run-steps.ts";
import { createSnapshot, type NamedSnapshot, type SnapshotEntry, saveSnapshot } from "./snapshot.ts";

export interface ApplyOptions {
  client: ManagementClient;
  /** Where everything about EMQX is kept; locked by the caller. */
  folder: string;
  /** As it was when the plan was made. */
  live: LiveEmqx;
  steps: readonly ConfigurationStep[];
  secrets: AppliedSecrets;
  now(): Date;
  onStep?(step: ConfigurationStep): void;
  interrupted?: AbortSignal;
}

/**
 * Does the steps of a plan. Before the first one everything they touch is on disk as it was, and with each one what it
 * was to do and what came of it: a process that is killed can be followed by another apply, or by a rollback.
 */
export async function applyPlan(options: ApplyOptions): Promise<StepsOutcome & { snapshot: NamedSnapshot }> {
  const { client, folder, live, steps, secrets, now, onStep, interrupted } = options;
  const named = await createSnapshot(folder, {
    version: 1,
    emqx: client.url,
    emqxVersion: live.version.version,
    takenAt: now().toISOString(),
    entries: entriesOf(live, steps),
  });
  const { snapshot } = named;
  const note = async (step: ConfigurationStep, change: Partial<SnapshotEntry>) => {
    const entry = snapshot.entries.find(({ object }) => object === step.object);
    if (!entry) return;
    Object.assign(entry, change);
    await saveSnapshot(folder, named);
  };
  const outcome = await runSteps(
    client,
    steps,
    {
      async begin(step) {
        await secrets.forget(step.object);
        await note(step, { state: "begun", begunAt: now().toISOString() });
      },
      async end(step, left) {
        await note(step, { state: "done", left });
        const { body } = step.request;
        if (body !== undefined && holdsOurs(step)) {
          await secrets.remember(step.object, body, keptKeys(step), left);
        }
        onStep?.(step);
      },
      ...(interrupted && { interrupted }),
    },
    { open: false },
  );
  if (outcome.failed !== undefined && isAnswer(outcome.failed.error)) {
    // EMQX has said no: nothing will come of it later.
    await note(outcome.failed.step, { begunAt: undefined });
  }
  if (outcome.failed === undefined && outcome.remaining.length === 0) {
    snapshot.finishedAt = now().toISOString();
    await saveSnapshot(folder, named);
  }
  return { ...outcome, snapshot: named };
}

function isAnswer({ status, problem }: ManagementError): boolean {
  return status !== undefined && problem !== "not_emqx" && problem !== "unreadable_answer";
}

function entriesOf(live: LiveEmqx, steps: readonly ConfigurationStep[]): SnapshotEntry[] {
  const objects = objectsOf(live.state);
  return steps
    .filter(({ object }) => object !== cacheName)
    .map((step) => ({
      object: step.object,
      before: objects.get(step.object) ?? (step.object === databaseRulesName ? [] : null),
      intended: intendedBy(step),
      wrote: secretsWritten(step),
      state: "planned",
    }));
}

/** Of the objects of others that are only switched off nothing has to be remembered. */
function holdsOurs({ kind }: ConfigurationStep): boolean {
  return kind === "add" || kind === "change" || kind === "enable";
}

function keptKeys({ request: { body } }: ConfigurationStep): string[] {
  if (!isObject(body)) return [];
  return leavesOf(body).flatMap(({ path, value }) => (value === mask ? [path.join(".")] : []));
}
