import { expect, test } from "vitest";
import { readExchanges } from "./emqx-recorded/exchange.ts";
import { Replay } from "./emqx-recorded/replay.ts";

const flows = Object.entries(readExchanges());

test.each(flows)("answers flow %s as EMQX 5.8.0 was recorded to", async (flow, steps) => {
  const replay = await Replay.start(flow);
  try {
    const found: string[] = [];
    for (const step of steps) {
      const lines = await replay.run(step);
      found.push(...lines.map((line) => `[${step.n}] ${step.do ?? ""} ${step.note ?? ""}: ${line}`));
    }
    expect(found).toEqual([]);
    expect(replay.compared).toBeGreaterThan(0);
  } finally {
    await replay.close();
  }
});
