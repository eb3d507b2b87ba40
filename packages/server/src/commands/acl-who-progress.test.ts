import { describe, expect, it } from "vitest";
import { createProgress } from "./acl-who-progress.ts";

function setUp(errColumns: number) {
  const written: string[] = [];
  const clock = { now: 0 };
  let asked = 0;
  const count = async () => {
    asked++;
    return 200;
  };
  const progress = createProgress({ err: (text) => void written.push(text), errColumns }, count, () => clock.now);
  return { written, clock, progress, asked: () => asked };
}

describe("the bar of a long search", () => {
  it("comes after two seconds, counts once, and is taken away", async () => {
    const { written, clock, progress, asked } = setUp(80);
    await progress.at(10);
    clock.now = 1999;
    await progress.at(20);
    expect([written, asked()]).toEqual([[], 0]);
    clock.now = 2000;
    await progress.at(50);
    await progress.at(200);
    await progress.at(300);
    expect(written).toEqual([
      "\r[########......................] 25 %  50 of 200",
      "\r[##############################] 100 %  200 of 200",
      "\r[##############################] 100 %  300 of 200",
    ]);
    expect(asked()).toBe(1);
    progress.done();
    expect(written.at(-1)).toBe("\r\u001b[K");
  });

  it("never comes where there is no terminal, and a short search leaves nothing", async () => {
    const { written, clock, progress } = setUp(Infinity);
    clock.now = 5000;
    await progress.at(50);
    progress.done();
    const short = setUp(80);
    await short.progress.at(1);
    short.progress.done();
    expect([written, short.written]).toEqual([[], []]);
  });
});
