import { readFileSync } from "node:fs";
import {
  type SimulatedScheme,
  type SimulationPlan,
  type StormKind,
  simulatedSchemes,
  stormKinds,
  stormTimesMs,
} from "../simulator/simulation-plan.ts";
import { type CommandInput, type CommandOption, UsageError } from "./command.ts";
import { seconds, text, texts, wholeNumber } from "./option-values.ts";

/** One process has about 28,000 local ports to one address, and each is busy for a while after a connection. */
const mostDevices = 25_000;
/** Devices that came last keep their first token for some seconds, also before an expiry storm. */
const leastBeforeExpirySeconds = 10;

export const simulateOptions: readonly CommandOption[] = [
  { flags: "--devices <n>", description: "legitimate devices (default: 1000)" },
  {
    flags: "--scheme <scheme>",
    description: "what they log in with (default: jwt)",
    choices: simulatedSchemes,
  },
  { flags: "--mqtt <version>", description: "version of MQTT (default: 3.1.1)", choices: ["3.1.1", "5"] },
  { flags: "--ramp <time>", description: "switch the devices on over so long (default: 30s)" },
  { flags: "--rate <n>", description: "in the place of --ramp: so many connects per second" },
  { flags: "--duration <time>", description: "go on for so long once they are connected (default: 60s)" },
  { flags: "--publish-every <time>", description: "each device publishes so often; 0: never (default: 10s)" },
  {
    flags: "--storm <kind>",
    description: "all connections end at once, half of them for a while, or all tokens end; may be repeated",
    repeatable: true,
    choices: stormKinds,
  },
  { flags: "--outage <time>", description: "how long --storm network takes the network away (default: 5s)" },
  {
    flags: "--restart-command <command>",
    description: "for --storm restart: restarts the broker, in the place of cutting the connections here",
  },
  { flags: "--recover-within <time>", description: "time to be connected, and back after a storm (default: 120s)" },
  { flags: "--rogue <share>", description: "further clients that misbehave: a share such as 5% (default: 0%)" },
  { flags: "--rogue-every <time>", description: "how often a rogue tries again (default: 10s)" },
  { flags: "--clone-legitimate", description: "rogues clone legitimate devices too, and throw them out" },
  { flags: "--ca <file>", description: "PEM of the authority that signs the broker's certificate" },
  { flags: "--yes", description: "the broker is on another machine, and may be loaded" },
  { flags: "--clean-up", description: "only remove what an earlier simulation could not" },
];

/** What the options come to. Throws `UsageError` that names the option. */
export function simulationPlan(input: CommandInput): SimulationPlan {
  const url = brokerUrl(input);
  const devices = wholeNumber(input, "devices", "--devices") ?? 1000;
  if (devices < 1 || devices > mostDevices) throw new UsageError(`--devices takes a number from 1 to ${mostDevices}`);
  const scheme = (text(input, "scheme") ?? "jwt") as SimulatedScheme;
  const ca = caText(input);
  const restartCommand = text(input, "restartCommand");
  const plan: SimulationPlan = {
    url,
    devices,
    scheme,
    protocolVersion: text(input, "mqtt") === "5" ? 5 : 4,
    rampSeconds: rampSeconds(input, devices),
    durationSeconds: time(input, "duration", "--duration", 60, 1),
    publishEverySeconds: time(input, "publishEvery", "--publish-every", 10, 0),
    storms: (texts(input, "storm") ?? []) as StormKind[],
    outageSeconds: time(input, "outage", "--outage", 5, 1),
    recoverWithinSeconds: time(input, "recoverWithin", "--recover-within", 120, 1),
    rogues: Math.round(devices * rogueShare(input)),
    rogueEverySeconds: time(input, "rogueEvery", "--rogue-every", 10, 1),
    cloneLegitimate: input.options.cloneLegitimate === true,
    ...(ca !== undefined && { ca }),
    ...(restartCommand !== undefined && { restartCommand }),
  };
  checkTogether(plan, input);
  return plan;
}

function checkTogether(plan: SimulationPlan, input: CommandInput): void {
  const { storms } = plan;
  if (plan.restartCommand !== undefined && !storms.includes("restart")) {
    throw new UsageError("--restart-command is for --storm restart");
  }
  if (text(input, "outage") !== undefined && !storms.includes("network")) {
    throw new UsageError("--outage is for --storm network");
  }
  if (plan.cloneLegitimate && plan.rogues < 4) {
    throw new UsageError("--clone-legitimate needs rogues: --rogue with a share that gives at least 4 of them");
  }
  if (!storms.includes("expiry")) return;
  if (plan.scheme !== "jwt") throw new UsageError("--storm expiry needs --scheme jwt: no other credential ends");
  const [first = 0] = stormTimesMs(plan);
  if (first < leastBeforeExpirySeconds * 1000) {
    const least = leastBeforeExpirySeconds * (storms.length + 1);
    throw new UsageError(`--storm expiry needs a --duration of at least ${least}s here, for tokens that end in it`);
  }
}

function brokerUrl(input: CommandInput): string {
  const [given] = input.args;
  if (given === undefined) throw new UsageError("which broker? Give its URL, such as mqtt://127.0.0.1:1883");
  if (!URL.canParse(given)) throw new UsageError("this is no URL of a broker; it looks like mqtt://127.0.0.1:1883");
  const { protocol, hostname, username, password } = new URL(given);
  if (!["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol) || hostname === "") {
    throw new UsageError("the URL of a broker begins with mqtt://, mqtts://, ws:// or wss://, and names a host");
  }
  if (username !== "" || password !== "") {
    throw new UsageError("the URL has a user name or password in it: the simulated devices have their own");
  }
  if (!isThisMachine(hostname) && input.options.yes !== true) {
    throw new UsageError(`${hostname} is another machine: if it may be loaded with connections, add --yes`);
  }
  return given;
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

function rampSeconds(input: CommandInput, devices: number): number {
  const rate = wholeNumber(input, "rate", "--rate");
  if (rate === undefined) return time(input, "ramp", "--ramp", 30, 0);
  if (text(input, "ramp") !== undefined) throw new UsageError("--rate and --ramp say the same: give one of them");
  if (rate < 1) throw new UsageError("--rate takes 1 or more connects per second");
  return devices / rate;
}

const mostSeconds = 7 * 86_400;

function time(input: CommandInput, name: string, flag: string, standard: number, least: number): number {
  const value = seconds(input, name, flag) ?? standard;
  if (value < least || value > mostSeconds) throw new UsageError(`${flag} takes a time from ${least}s to 7d`);
  return value;
}

function rogueShare(input: CommandInput): number {
  const value = text(input, "rogue") ?? "0%";
  const match = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(value);
  const share = Number(match?.[1] ?? Number.NaN) / 100;
  if (!(share <= 1)) throw new UsageError(`--rogue takes a share from 0% to 100%, not ${JSON.stringify(value)}`);
  return share;
}

function caText(input: CommandInput): string | undefined {
  const file = text(input, "ca");
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--ca: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}
