import type { DeviceProblem, DeviceState, DeviceStatus } from "@connack/device";
import type { CommandContext } from "../commands/command.ts";
import { paint } from "../commands/print.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { wrap } from "../terminal/wrap.ts";
import type { Temperature } from "./read-temperature.ts";
import { type SampleCounts, statusLine, timeOfDay } from "./status-line.ts";

/** What a sensor tells while it runs. */
export interface SensorPrinter {
  begun(about: {
    url: string;
    device: string;
    clientId: string;
    credential: string;
    source: string;
    topic: string;
  }): void;
  state(state: DeviceState): void;
  problem(problem: DeviceProblem): void;
  sample(temperature: Temperature, status: DeviceStatus, counts: SampleCounts, endsAt: number | undefined): void;
  ended(samples: number, counts: SampleCounts): void;
}

/** Lines for people, or with `--json` one object a line. */
export function sensorPrinter(context: CommandContext, device: string, nowMs: () => number): SensorPrinter {
  return context.json ? jsonPrinter(context, nowMs) : textPrinter(context, device, nowMs);
}

function jsonPrinter(context: CommandContext, nowMs: () => number): SensorPrinter {
  const line = (event: string, value: object) =>
    context.out(`${JSON.stringify({ at: new Date(nowMs()).toISOString(), event, ...value })}\n`);
  return {
    begun: (about) => line("begun", about),
    state: (state) => line("state", { state }),
    problem: (problem) => line("problem", problem),
    sample: ({ celsius, source, simulated }, status, counts, endsAt) =>
      line("sample", {
        temperature: celsius,
        unit: "celsius",
        source,
        simulated,
        ...counts,
        ...(endsAt !== undefined && { credentialEndsAt: new Date(endsAt * 1000).toISOString() }),
        status,
      }),
    ended: (samples, counts) => line("ended", { samples, ...counts }),
  };
}

const below = " ".repeat(10);

function textPrinter(context: CommandContext, device: string, nowMs: () => number): SensorPrinter {
  const line = (text: string, colour?: "green" | "red" | "yellow") => {
    const shown = wrap(text, below).trimStart();
    context.out(`${timeOfDay(nowMs())}  ${colour ? paint(context, colour, shown) : shown}\n`);
  };
  return {
    begun({ url, clientId, credential, source, topic }) {
      line(`${url} as ${clientId}, ${credential}; temperature (${source}) goes to ${topic} (Ctrl-C ends)`);
    },
    state(state) {
      if (state === "connected") line("connected", "green");
      else if (state !== "stopped") line(state);
    },
    problem({ sentence, fix }) {
      line(sentence, "red");
      context.out(`${wrap(`Fix: ${fix.replace("<id>", () => quoteWord(device))}`, below)}\n`);
    },
    sample(temperature, status, counts, endsAt) {
      context.out(`${statusLine(nowMs(), temperature, status, counts, endsAt)}\n`);
    },
    ended(samples, { acknowledged, failed }) {
      const lost = failed === 0 ? "" : `, ${failed} not`;
      line(`ended after ${samples} ${samples === 1 ? "sample" : "samples"}: ${acknowledged} acknowledged${lost}`);
    },
  };
}
