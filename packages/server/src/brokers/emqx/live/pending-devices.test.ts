import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PendingDevices } from "./pending-devices.ts";

let folder: string;
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-pending-"));
  problems = [];
});
afterEach(async () => {
  for (const pending of opened.splice(0)) await pending.close();
  rmSync(folder, { recursive: true, force: true });
});

const path = () => join(folder, "pending.jsonl");
const opened: PendingDevices[] = [];
async function open(most?: number, file = path()): Promise<PendingDevices> {
  const onProblem = (sentence: string) => void problems.push(sentence);
  const pending = await PendingDevices.open(file, { onProblem, ...(most !== undefined && { most }) });
  opened.push(pending);
  return pending;
}

/** As another process finds it after this one was killed. */
async function afterKill(most?: number): Promise<PendingDevices> {
  const copy = join(folder, "copy.jsonl");
  copyFileSync(path(), copy);
  return await open(most, copy);
}

const shown = (pending: PendingDevices) =>
  pending.values().map(({ id, clientIds, endsAnyway }) => [id, clientIds, endsAnyway]);

describe("what is noted", () => {
  it("is there for the next process, and readable by its owner alone", async () => {
    const pending = await open();
    await pending.note("a", ["c-1"], false);
    await pending.note("b", [], true);
    await pending.note("a", ["c-2", "c-1"], false);
    expect(shown(await afterKill())).toEqual([
      ["a", ["c-1", "c-2"], false],
      ["b", [], true],
    ]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it("and done is not, unless it was noted again meanwhile", async () => {
    const pending = await open();
    await pending.note("a", ["c-1"], false);
    await pending.note("b", [], false);
    const [a, b] = pending.values();
    await pending.note("b", ["c-2"], false);
    if (a) pending.done(a);
    if (b) pending.done(b);
    await pending.close();
    expect(shown(await open())).toEqual([["b", ["c-2"], false]]);
  });

  it("leaves nothing behind when all is done, however often", async () => {
    const pending = await open();
    for (let index = 0; index < 50; index++) {
      await pending.note(`d${index}`, ["c"], false);
      for (const each of pending.values()) pending.done(each);
    }
    await pending.close();
    expect(readFileSync(path(), "utf8")).toBe("");
    expect((await open()).size).toBe(0);
  });

  it("is written once for many at the same time", async () => {
    const pending = await open();
    await Promise.all(Array.from({ length: 500 }, (_, index) => pending.note(`d${index}`, ["c"], false)));
    expect((await afterKill()).size).toBe(500);
  });

  it("is not forgotten when more are pending than are kept by name: then all refused devices count", async () => {
    const pending = await open(2);
    for (const id of ["a", "b", "c", "d", "a"]) await pending.note(id, [id], false);
    expect([pending.size, pending.hasAll, pending.overflows]).toEqual([2, true, 2]);
    const next = await afterKill(2);
    expect([next.size, next.hasAll]).toEqual([2, true]);
    const { overflows } = pending;
    await pending.note("e", [], false);
    pending.allDone(overflows);
    expect(pending.hasAll).toBe(true);
    pending.allDone(pending.overflows);
    await pending.close();
    const [{ size, hasAll }] = [await open()];
    expect([size, hasAll]).toEqual([2, false]);
  });
});

describe("a file", () => {
  it("whose last line was being written has all lines before it, and grows well from there", async () => {
    const pending = await open();
    await pending.note("a", [], false);
    appendFileSync(path(), '{"id":"b","clie');
    const next = await open();
    expect([shown(next), next.hasAll]).toEqual([[["a", [], false]], false]);
    await next.note("c", [], false);
    expect((await afterKill()).size).toBe(2);
  });

  it.each(["[]\n", "no json\n", '{"id":5}\n', "\n"])(
    "that cannot be understood makes all be looked at: %j",
    async (text) => {
      writeFileSync(path(), text);
      expect((await open()).hasAll).toBe(true);
    },
  );

  it("that cannot be written is told of, and nothing is lost in this process", async () => {
    const pending = await open();
    // A folder in its place stops everybody, root included.
    mkdirSync(path());
    await pending.note("a", [], false);
    expect([pending.size, problems.length]).toEqual([1, 1]);
    expect(problems[0]).toContain("pending.jsonl cannot be written");
    rmSync(path(), { recursive: true });
    await pending.note("b", [], false);
    expect((await afterKill()).size).toBe(2);
  });
});

describe("a change", () => {
  const device = (endsAnyway = false) => ({ id: "a", clientIds: ["c"], endsAnyway });

  it("is noted before it is made, and looked at after it", async () => {
    const pending = await open();
    const steps: unknown[] = [];
    pending.onReady = (id) => steps.push(["ready", id, pending.isChanging(id)]);
    const change = async () => {
      steps.push(["change", (await afterKill()).size, pending.isChanging("a")]);
      return 5;
    };
    expect(await pending.during(device(), change, () => true)).toBe(5);
    expect(steps).toEqual([
      ["change", 1, true],
      ["ready", "a", false],
    ]);
  });

  it("that was not made ends no connection; one that may have been does", async () => {
    const pending = await open();
    const fail = () => Promise.reject(new Error("no"));
    await expect(pending.during(device(true), fail, () => false)).rejects.toThrow("no");
    expect(pending.get("a")?.endsAnyway).toBe(false);
    await expect(pending.during(device(true), fail, () => true)).rejects.toThrow("no");
    expect(pending.get("a")?.endsAnyway).toBe(true);
    await expect(pending.during(device(true), fail, () => false)).rejects.toThrow("no");
    expect(pending.get("a")?.endsAnyway).toBe(true);
  });

  it("of the same device at the same time is waited for as well", async () => {
    const pending = await open();
    const ready: boolean[] = [];
    pending.onReady = () => ready.push(pending.isChanging("a"));
    let finish = () => {};
    const slow = pending.during(
      device(),
      () => new Promise<void>((resolve) => (finish = resolve)),
      () => true,
    );
    await pending.during(
      device(),
      async () => {},
      () => true,
    );
    finish();
    await slow;
    expect(ready).toEqual([true, false]);
  });
});
