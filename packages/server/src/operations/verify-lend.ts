import { z } from "zod";
import { type LentDevice, type LentKind, type Loan, type LoanInput, lentKinds } from "../brokers/emqx/verify/loan.ts";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { OperationError } from "./operation.ts";
import { makePassword } from "./service-add.ts";
import { asEntry, lentServices } from "./verify-entries.ts";
import { type MadeDevice, makersOf } from "./verify-makers.ts";

export const verifyLendInput: z.ZodType<LoanInput> = z.strictObject({
  lanes: z.int().min(1).max(32),
  services: z.int().min(1).max(16),
  watched: z.int().min(1).max(16),
  others: z.int().min(1).max(40),
});

/** A run takes some twenty seconds; what is not given back is over then. In milliseconds. */
const lifeMs = 3 * 60_000;

/**
 * Lends throw-away devices with real credentials of every kind that can be made here, and a service that may use the
 * topics of some of them. They live in the memory of this process. Throws `not_running`, `nothing_to_lend` and
 * `too_many_lent`.
 */
export async function lendForVerify(house: House, input: LoanInput): Promise<Loan> {
  if (Object.keys(house.listeners).length === 0) {
    throw new OperationError("not_running", "no server runs on this data folder", "connack serve starts one");
  }
  const forOneKind = input.lanes * (input.services + input.watched + input.others);
  if (forOneKind > house.lent.room) throw tooMany(forOneKind, house.lent.room);
  const until = house.nowMs() + lifeMs;
  const password = await makePassword();
  const makers = makersOf(house, { until, password });
  const without: Loan["without"] = {};
  const kinds: LentKind[] = [];
  for (const kind of lentKinds) {
    const problem = await problemWith(house, () => makers[kind]());
    if (problem === undefined) kinds.push(kind);
    else without[kind] = problem;
  }
  if (kinds.length === 0) {
    const why = lentKinds.map((kind) => `${kind}: ${without[kind]}`).join("; ");
    throw new OperationError("nothing_to_lend", `no credential can be made here: ${why}`, "connack key add");
  }
  const wanted = input.lanes * (input.services + kinds.length * (input.watched + input.others));
  if (wanted > house.lent.room) throw tooMany(wanted, house.lent.room);
  const entries: Device[] = [];
  const many = async (count: number): Promise<LentDevice[]> => {
    const devices: LentDevice[] = [];
    for (const kind of kinds) {
      for (let n = 0; n < count; n++) {
        const made = await makers[kind]();
        entries.push(asEntry(made, house.nowMs()));
        devices.push(made.device);
      }
    }
    return devices;
  };
  const lanes: Loan["lanes"][number][] = [];
  for (let lane = 0; lane < input.lanes; lane++) {
    const watched = await many(input.watched);
    const services = await lentServices(house, makers, watched, input.services);
    entries.push(...services.map(({ entry }) => entry));
    lanes.push({ services: services.map(({ login }) => login), watched, others: await many(input.others) });
  }
  return { lease: house.lent.lend(entries, until), until: new Date(until).toISOString(), lanes, without };
}

function tooMany(wanted: number, room: number): OperationError {
  return new OperationError(
    "too_many_lent",
    `${wanted} throw-away devices are wanted, and there is room for ${room}`,
    "wait for another run to end, or attack fewer listeners",
  );
}

/** Why a kind of credential cannot be lent: there is no key, or Connack itself would not take what can be made. */
async function problemWith(house: House, make: () => Promise<MadeDevice>): Promise<string | undefined> {
  let made: MadeDevice;
  try {
    made = await make();
  } catch (error) {
    if (error instanceof OperationError) return error.message;
    throw error;
  }
  if (made.device.kind === "jwt-emqx") return undefined;
  const lease = house.lent.lend([asEntry(made, house.nowMs())], house.nowMs() + 10_000);
  try {
    const { clientId, username, password } = made.device;
    const decision = await house.decideConnect({ clientId, username, password }, { dryRun: true });
    if (decision.result === "allow") return undefined;
    return `what can be made here is refused: ${decision.reason}${decision.detail === "" ? "" : ` (${decision.detail})`}`;
  } finally {
    house.lent.giveBack(lease);
  }
}
