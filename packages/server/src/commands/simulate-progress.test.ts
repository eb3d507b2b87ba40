import { ConnectRefused } from "@connack/device";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ConnectFigures } from "../simulator/connect-figures.ts";
import type { SimulationPhase } from "../simulator/run-simulation.ts";
import type { ServerReasons } from "../simulator/server-reasons.ts";
import { createSimulationProgress } from "./simulate-progress.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const reasons = { latest: [{ reason: "token_expired", count: 7, sentence: "" }], look: async () => {} };

function watched(to: { errColumns: number; json: boolean }) {
  const said: string[] = [];
  const err = (text: string) => void said.push(text);
  const progress = createSimulationProgress({ err, ...to }, () => reasons as unknown as ServerReasons, Date.now);
  const figures = new ConnectFigures(Date.now);
  for (let ms = 10; ms <= 40; ms += 10) figures.wasAccepted(ms);
  figures.hasFailed(new ConnectRefused(3));
  const rogues = new ConnectFigures(Date.now);
  for (const code of [5, 5, 4]) rogues.hasFailed(new ConnectRefused(code));
  const fleet = { devices: Array.from({ length: 1200 }), connected: 300, figures };
  const phase = (name: SimulationPhase["name"]) =>
    progress.phase({
      name,
      fleet: fleet as unknown as SimulationPhase["fleet"],
      rogues: { figures: rogues } as unknown as SimulationPhase["rogues"],
      endsAtMs: Date.now() + 90_000,
    });
  return { said, progress, phase };
}

const figuresText =
  "300 of 1 200 connected · connect p50 20 p99 40 ms · refused 4 (code 3: 1, code 4: 1, code 5: 2) · token_expired ×7";

it("draws one line again and again on a terminal, no longer than that is wide, and takes it away", () => {
  const { said, progress, phase } = watched({ errColumns: 80, json: false });
  phase("connecting");
  vi.advanceTimersByTime(1000);
  expect(said.length).toBe(4);
  expect(said[0]).toBe(`\r${`[#####...............] connecting, ETA 1:30 · ${figuresText}`.slice(0, 79)}\u001b[K`);
  progress.done();
  vi.advanceTimersByTime(1000);
  expect(said.slice(4)).toEqual(["\r\u001b[K"]);
});

it("tells a whole line at each new phase and every five seconds where nobody draws", () => {
  const { said, phase } = watched({ errColumns: Infinity, json: false });
  phase("connecting");
  vi.advanceTimersByTime(10_000);
  phase("storm");
  vi.advanceTimersByTime(1000);
  expect(said.length).toBe(3);
  expect(said[1]).toBe(`connack: [#####...............] connecting, ETA 1:25 · ${figuresText}\n`);
  expect(said[2]).toContain("storm, at most 1:30");
});

it("tells the same as JSON", () => {
  const { said, phase } = watched({ errColumns: 80, json: true });
  phase("running");
  vi.advanceTimersByTime(1000);
  expect(said.map((line) => JSON.parse(line))).toEqual([
    {
      progress: {
        phase: "running",
        connected: 300,
        devices: 1200,
        connectMs: { p50: 20, p99: 40, max: 40 },
        refused: { 3: 1 },
        failed: {},
        rogues: { refused: { 4: 1, 5: 2 }, failed: {} },
        reasons: reasons.latest,
      },
    },
  ]);
});

it("shows how many identities are made once that takes a while", () => {
  const { said, progress } = watched({ errColumns: Infinity, json: false });
  for (let done = 1; done <= 100; done++) {
    progress.counting("making identities", done, 100);
    vi.advanceTimersByTime(60);
  }
  expect(said).toEqual(["connack: [#################...] making identities: 85 of 100\n"]);
});
