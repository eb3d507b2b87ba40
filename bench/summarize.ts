import type { Latency } from "./load-job.ts";
import type { Measured } from "./measure.ts";

/** One line of the table: a server under a load, the median of its rounds. */
export interface Summary {
  load: string;
  server: string;
  perSecond: number;
  cpuMicros: number;
  latencyMs: Latency;
  residentMb: number;
  /** CPU per decision beside the constant server's in the same round: median, least and most of the rounds. */
  ratio?: { median: number; least: number; most: number };
  answers: number;
  wrong: number;
  lost: number;
  passwords?: { answers: number; latencyMs: Latency };
}

/** @param rounds in their order; each holds every server once, the one the others are compared with first */
export function summarize(load: string, rounds: readonly (readonly Measured[])[]): Summary[] {
  const servers = rounds[0]?.map(({ server }) => server) ?? [];
  return servers.map((server, at) => {
    const own = rounds.map((round) => round[at] as Measured);
    const ratios = rounds.map((round, index) => {
      return (own[index] as Measured).cpuMicrosPerAnswer / (round[0] as Measured).cpuMicrosPerAnswer;
    });
    const passwords = own.flatMap((each) => each.passwords ?? []);
    return {
      load,
      server,
      perSecond: median(own.map(({ answers, seconds }) => answers / seconds)),
      cpuMicros: median(own.map(({ cpuMicrosPerAnswer }) => cpuMicrosPerAnswer)),
      latencyMs: medianLatency(own.map(({ latencyMs }) => latencyMs)),
      residentMb: Math.max(...own.map(({ residentMb }) => residentMb)),
      ...(at > 0 && { ratio: { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) } }),
      answers: sum(own.map(({ answers }) => answers)),
      wrong: sum(own.map(({ wrong }) => wrong)),
      lost: sum(own.map(({ lost }) => lost)),
      ...(passwords.length > 0 && {
        passwords: {
          answers: sum(passwords.map(({ answers }) => answers)),
          latencyMs: medianLatency(passwords.map(({ latencyMs }) => latencyMs)),
        },
      }),
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The longest of all is the longest, whatever round it came in. */
function medianLatency(each: readonly Latency[]): Latency {
  return {
    p50: median(each.map(({ p50 }) => p50)),
    p99: median(each.map(({ p99 }) => p99)),
    max: Math.max(...each.map(({ max }) => max)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
