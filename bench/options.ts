import { parseArgs } from "node:util";

/** What is measured, by the letter it has in docs/performance.md. */
export const loadNames = ["a-hmac", "a-jwt", "b-hmac", "b-jwt", "c", "d"] as const;
export type LoadName = (typeof loadNames)[number];

export interface BenchOptions {
  /** One JSON document on standard output instead of the tables. */
  json: boolean;
  /** Seconds of load for each server in each round. */
  seconds: number;
  /** Rounds that count; one more comes before them to warm up. */
  rounds: number;
  only: readonly LoadName[];
  /** Registered devices. */
  devices: number;
  /** Also compare registries of these sizes; none when empty. */
  sizes: readonly number[];
  /** Other builds to measure beside this one: files like packages/server/bin/connack.js. */
  beside: readonly string[];
  /** Folder for CPU profiles of the service, one for each of its threads. */
  profile: string | undefined;
}

export const usage = `npm run bench [-- options]
  --json            one JSON document instead of tables
  --seconds <n>     load for each server in each round (default 4)
  --rounds <n>      rounds that count, after one that warms up (default 3)
  --only <a,b>      of ${loadNames.join(", ")}; a or b stand for both of theirs; none leaves only the start
  --devices <n>     registered devices (default 100000)
  --sizes [a,b,c]   also compare registries of these sizes (default 100,10000,1000000; takes minutes)
  --beside <file>   also measure another build, by its packages/server/bin/connack.js; may be repeated
  --profile <dir>   write CPU profiles of the service there, one for each thread; it is slower then
`;

/** Throws Error with a sentence for whoever typed it. */
export function readOptions(args: readonly string[]): BenchOptions | "help" {
  const sizesAlone = args.flatMap((each, at) =>
    each === "--sizes" && !/^\d/.test(args[at + 1] ?? "") ? ["--sizes=100,10000,1000000"] : [each],
  );
  const { values } = parseArgs({
    args: sizesAlone,
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "4" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
      devices: { type: "string", default: "100000" },
      sizes: { type: "string" },
      beside: { type: "string", multiple: true, default: [] },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  return {
    json: values.json,
    seconds: number("--seconds", values.seconds, 0.5),
    rounds: number("--rounds", values.rounds, 1),
    only: values.only === undefined ? loadNames : readNames(values.only),
    devices: number("--devices", values.devices, 1),
    sizes: values.sizes === undefined ? [] : values.sizes.split(",").map((size) => number("--sizes", size, 1)),
    beside: values.beside,
    profile: values.profile,
  };
}

function readNames(text: string): LoadName[] {
  if (text === "none") return [];
  const asked = text.split(",");
  const unknown = asked.find((each) => !loadNames.some((name) => fits(name, each)));
  if (unknown !== undefined) throw new Error(`--only: ${unknown} is none of ${loadNames.join(", ")}`);
  return loadNames.filter((name) => asked.some((each) => fits(name, each)));
}

function fits(name: LoadName, asked: string): boolean {
  return name === asked || name.startsWith(`${asked}-`);
}

function number(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new Error(`${option}: a number of at least ${least}`);
  return value;
}
