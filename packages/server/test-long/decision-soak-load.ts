import { type FleetKeys, macOf } from "../../../bench/fleet.ts";
import { prepareFolder } from "../../../bench/prepare-folder.ts";
import { PreparedRequests } from "../../../bench/prepared-requests.ts";
import { deviceLogin, devices, registered, rogueLogin, rogues } from "./decision-soak-fleet.ts";
import { type OpenLoopOptions, type OpenLoopReport, openLoop } from "./open-loop.ts";

/** What the program is told, one after the other; it answers each. */
export type ToLoad =
  | { type: "prepare"; folder: string; keys: Omit<FleetKeys, "broker"> }
  | { type: "run"; phase: LoadPhase };

export interface LoadPhase extends Pick<OpenLoopOptions, "port" | "seconds" | "perSecond" | "windowSeconds"> {
  /** Share of refusals; the others are logins of random devices. */
  refused: number;
  /** Every device once, in order, instead of random ones. */
  onceEach?: boolean;
}

export interface LoadReport extends OpenLoopReport {
  /** How often each device logged in, and each rogue was refused. */
  logins: number[];
  refusals: number[];
}

/** So many rogues more each second, in random order, until all are there: the audit lists 2000 new rows a second. */
const newRoguesPerSecond = 500;

let requests: { devices: PreparedRequests; rogues: PreparedRequests };
const order = shuffled(rogues.length);

process.on("message", (message: ToLoad) => {
  const answer = message.type === "prepare" ? prepare(message) : run(message.phase);
  answer.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());

async function prepare({ folder, keys }: Extract<ToLoad, { type: "prepare" }>): Promise<object> {
  const broker = await prepareFolder(folder, { keys, devices: registered, passwordDevices: 0, passwordHash: "" });
  const all = { ...keys, broker };
  const now = Math.floor(Date.now() / 1000);
  requests = {
    devices: new PreparedRequests(devices, broker, (device) => ({
      login: deviceLogin(device, all, now),
      expected: { result: "allow", device: macOf(device) },
    })),
    rogues: new PreparedRequests(rogues.length, broker, (index) => ({
      login: rogueLogin(index, all, now),
      expected: { result: "deny" },
    })),
  };
  return { prepared: true };
}

async function run({ refused, onceEach = false, ...phase }: LoadPhase): Promise<LoadReport> {
  const logins = new Array<number>(devices).fill(0);
  const refusals = new Array<number>(rogues.length).fill(0);
  const count = (counts: number[], index: number) => {
    counts[index] = (counts[index] ?? 0) + 1;
    return index;
  };
  const report = await openLoop({
    ...phase,
    next(nth) {
      if (Math.random() >= refused) {
        const device = count(logins, onceEach ? nth % devices : below(devices));
        return { requests: requests.devices, index: device, measured: true };
      }
      const there = Math.min(rogues.length, Math.ceil(((nth + 1) / phase.perSecond) * newRoguesPerSecond));
      const index = count(refusals, order[below(there)] as number);
      return { requests: requests.rogues, index, measured: false };
    },
  });
  return { ...report, logins, refusals };
}

function below(bound: number): number {
  return Math.floor(Math.random() * bound);
}

function shuffled(length: number): number[] {
  const numbers = Array.from({ length }, (_, index) => index);
  for (let at = length - 1; at > 0; at--) {
    const other = below(at + 1);
    [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
  }
  return numbers;
}
