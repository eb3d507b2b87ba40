import { expect, it } from "vitest";
import { ClockJumps } from "./clock-jumps.ts";

it("counts that the clock was set, each way, and not that it is drawn to the right time", () => {
  const jumps = new ClockJumps();
  let wall = 1_800_000_000_000;
  let monotonic = 500;
  const pass = (ms: number, setBy = 0) => {
    monotonic += ms;
    wall += ms + setBy;
    jumps.look(wall, monotonic);
  };
  jumps.look(wall, monotonic);
  for (let n = 0; n < 1000; n++) pass(20, 5); // five seconds in all
  expect(jumps.counts).toEqual({ back: 0, forward: 0 });
  pass(20, -1000);
  expect(jumps.counts).toEqual({ back: 1, forward: 0 });
  pass(20, -999);
  pass(20, 3_600_000);
  pass(20);
  pass(20, -86_400_000);
  expect(jumps.counts).toEqual({ back: 2, forward: 1 });
});
