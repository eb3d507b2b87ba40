import { expect, it } from "vitest";
import { whileWaiting } from "./while-waiting.ts";

async function shown(errColumns: number, workMs: number, afterMs: number): Promise<string> {
  let text = "";
  const err = (part: string) => {
    text += part;
  };
  const work = () => new Promise<string>((resolve) => setTimeout(resolve, workMs, "done"));
  expect(await whileWaiting({ err, errColumns }, "EMQX", work, afterMs)).toBe("done");
  return text;
}

it("says on a terminal what is waited for, and takes it away", async () => {
  expect(await shown(80, 100, 1)).toBe("\rWaiting for EMQX …\r\u001b[K");
});

it("says nothing of what is over soon, nor to a program", async () => {
  expect(await shown(80, 0, 60_000)).toBe("");
  expect(await shown(Infinity, 50, 1)).toBe("");
});

it("takes it away when the work fails", async () => {
  let text = "";
  const fails = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new RangeError("no");
  };
  const err = (part: string) => {
    text += part;
  };
  const context = { err, errColumns: 80 };
  await expect(whileWaiting(context, "EMQX", fails, 1)).rejects.toThrow(RangeError);
  expect(text).toBe("\rWaiting for EMQX …\r\u001b[K");
});
