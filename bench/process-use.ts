import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Clock ticks per second in /proc: 100 on every Linux in use, asked all the same. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Microseconds of CPU, user and system, that all threads of a process have used so far (proc(5), fields 14 and 15). */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the process, which may hold spaces, ends with the last bracket; the state after it is field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

/** Resident memory of a process, now and at its highest so far, in MB (10^6 bytes). */
export function residentMb(pid: number): { now: number; highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024) / 1e6;
  return { now: read("VmRSS"), highest: read("VmHWM") };
}

/** Waits until a process has done what it put off: less than 3 % of a core for half a second; ten seconds at most. */
export async function untilAtRest(pid: number): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const before = cpuMicros(pid);
    await sleep(500);
    if (cpuMicros(pid) - before < 15_000) return;
  }
}
