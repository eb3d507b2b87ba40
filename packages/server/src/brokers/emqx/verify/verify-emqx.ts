import { setMaxListeners } from "node:events";
import { oneAfterAnother } from "../../../state/one-after-another.ts";
import type { JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import type { Attack } from "./attack.ts";
import { attacks as allAttacks } from "./attacks.ts";
import { findListeners } from "./find-listeners.ts";
import { foreignAuthenticators } from "./foreign-authenticators.ts";
import { Lane } from "./lane.ts";
import type { ListenerTarget } from "./listener-target.ts";
import type { Loan, LoanInput, WitnessedEvent } from "./loan.ts";
import type { MqttVersion } from "./open-peer.ts";
import { reachListeners } from "./reach-listeners.ts";
import { removeLeftovers } from "./remove-leftovers.ts";
import { countTasks, runLane } from "./run-lane.ts";
import { countStates, type VerifyReport } from "./verify-report.ts";
import { type EmqxSettings, verifySetting } from "./verify-setting.ts";

export interface VerifyParts {
  /** EMQX's API, which is asked for its listeners and clients; without it URLs have to be named. */
  client?: Pick<ManagementClient, "get" | "find" | "delete" | "url">;
  /** `brokers.emqx` as it is configured. */
  settings: EmqxSettings;
  /** Only these listeners: names as EMQX has them, URLs, or `all` for every one that EMQX tells of. None: all. */
  listeners?: readonly string[];
  /** Only the attacks of these names. */
  only?: readonly string[];
  /** Has the running Connack lend throw-away devices. */
  lend(input: LoanInput): Promise<Loan>;
  giveBack(lease: string): Promise<number>;
  /** What Connack wrote down about a client id since then (Unix milliseconds). */
  events(clientId: string, sinceMs: number): Promise<WitnessedEvent[]>;
  /** The time, in Unix milliseconds: of what is old enough to be a leftover. */
  nowMs?(): number;
  /** Told as each attack is done. */
  onProgress?(done: number, total: number): void;
  /** Ends it early; what was left behind is cleaned up all the same. */
  signal?: AbortSignal;
}

/** An attack that there is none of; the message names all. */
export class UnknownAttack extends Error {
  override name = "UnknownAttack";
}

const versions: readonly MqttVersion[] = [4, 5];
/** What the attacks take together, and some more; devices of each kind. */
const perLane = { services: 6, watched: 4, others: 24 };

/**
 * Proves an EMQX right by attacking it, each listener with MQTT 3.1.1 and 5. Rejects with `UnknownListener`,
 * `UnknownAttack`, and what `client`, `lend` and `events` reject with; throw-away devices are given back in any case.
 */
export async function verifyEmqx(parts: VerifyParts): Promise<VerifyReport> {
  const begun = performance.now();
  const chosen = chooseAttacks(parts.only);
  const { client, listeners: named = [], signal = new AbortController().signal } = parts;
  // All lanes wait for it.
  setMaxListeners(0, signal);
  const found = await findListeners({ client, named });
  const { reached, unreached } = await reachListeners(found.targets);
  const untried = [...found.untried, ...unreached];
  const report: VerifyReport = {
    ok: true,
    listeners: reached.map(({ name, url }) => ({ name, url })),
    untried,
    others: [],
    leftovers: { sessions: 0, retained: 0, problems: [] },
    counts: countStates([]),
    results: [],
    cleanup: { devices: 0, retained: 0, sessions: 0, problems: [] },
    seconds: 0,
  };
  if (client) await askAround(client, parts, report);
  if (reached.length > 0 && !signal.aborted) await attackAll(parts, { reached, chosen, signal }, report);
  report.counts = countStates(report.results);
  const { counts, results } = report;
  // Without names it is those that are reached from here; a port may well be closed to here on purpose.
  const wanted = named.length > 0 ? untried : [];
  const isUnproven = [...results, ...wanted].some((each) => each.isUnproven);
  report.ok = counts["let through"] + counts.broken === 0 && !isUnproven;
  if (signal.aborted) report.interrupted = true;
  report.seconds = Math.round((performance.now() - begun) / 100) / 10;
  return report;
}

/** What only EMQX's API knows. Where it does not tell, that is said, and the attacks go on. */
async function askAround(
  client: NonNullable<VerifyParts["client"]>,
  { settings, nowMs = Date.now }: VerifyParts,
  report: VerifyReport,
): Promise<void> {
  try {
    report.others = await foreignAuthenticators(client, settings);
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    report.cleanup.problems.push(`who else lets clients in is not known: ${error.message}`);
  }
  report.leftovers = await removeLeftovers(client, nowMs());
}

function chooseAttacks(only: readonly string[] = []): readonly Attack[] {
  const unknown = only.find((name) => !allAttacks.some((attack) => attack.name === name));
  if (unknown !== undefined) {
    const names = allAttacks.map(({ name }) => name).join(", ");
    throw new UnknownAttack(`there is no attack ${JSON.stringify(unknown)}; there are ${names}`);
  }
  return only.length === 0 ? allAttacks : allAttacks.filter(({ name }) => only.includes(name));
}

interface Run {
  reached: readonly ListenerTarget[];
  chosen: readonly Attack[];
  signal: AbortSignal;
}

async function attackAll(parts: VerifyParts, { reached, chosen, signal }: Run, report: VerifyReport): Promise<void> {
  const wanted = reached.flatMap((target) => versions.map((version) => ({ target, version })));
  const loan = await parts.lend({ lanes: wanted.length, ...perLane });
  const { client, events, settings } = parts;
  const findClient =
    client &&
    (async (id: string) => (await client.find(`/clients/${encodeURIComponent(id)}`)) as JsonObject | undefined);
  const shared = { setting: verifySetting(settings), passwordInTurn: oneAfterAnother(), signal, events, findClient };
  const lanes = wanted.flatMap((one, index) => {
    const lent = loan.lanes[index];
    return lent ? [new Lane({ ...one, lent, ...shared })] : [];
  });
  try {
    let done = 0;
    const total = lanes.reduce((sum, lane) => sum + countTasks(lane, chosen), 0);
    const onResult = () => parts.onProgress?.(++done, total);
    const results = await Promise.allSettled(lanes.map((lane) => runLane(lane, chosen, loan.without, onResult)));
    report.results = results.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    const failed = results.find((each) => each.status === "rejected");
    if (failed && !signal.aborted) throw failed.reason;
  } finally {
    await cleanUp(parts, lanes, loan, report);
  }
}

async function cleanUp(parts: VerifyParts, lanes: readonly Lane[], loan: Loan, report: VerifyReport): Promise<void> {
  const { cleanup } = report;
  for (const cleaned of await Promise.all(lanes.map((lane) => lane.cleanUp()))) {
    cleanup.retained += cleaned.retained;
    cleanup.sessions += cleaned.sessions;
    cleanup.problems.push(...cleaned.problems);
  }
  try {
    cleanup.devices = await parts.giveBack(loan.lease);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    cleanup.problems.push(`the throw-away devices could not be given back (${why}); they end at ${loan.until}`);
  }
}
