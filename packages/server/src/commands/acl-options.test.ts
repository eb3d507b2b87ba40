import { describe, expect, it } from "vitest";
import { rulesFrom } from "./acl-options.ts";
import { aclSet } from "./acl-set.ts";
import { type CommandInput, UsageError } from "./command.ts";
import { createProgram } from "./create-program.ts";

/** The input that the command gets for these words. */
async function inputFor(...words: string[]): Promise<CommandInput> {
  let found: CommandInput | undefined;
  const program = createProgram([aclSet], async (_command, input) => {
    found = input;
  });
  await program.parseAsync(["acl", "set", "sensor-1", ...words], { from: "user" });
  if (!found) throw new Error("no command ran");
  return found;
}

const rules = async (...words: string[]) => rulesFrom(await inputFor(...words));

describe("rules of the command line", () => {
  it("stand in the order they were given, whichever options they are", async () => {
    const words = ["--deny", "a", "--allow-publish=b", "--deny-subscribe", "c", "--allow", "d", "--deny-publish", "e"];
    expect(
      await rules(...words, "--allow-subscribe", "f", "--deny", "g", "--profile", "none", "--allow-publish", "h"),
    ).toEqual([
      { permission: "deny", action: "all", topics: ["a"] },
      { permission: "allow", action: "publish", topics: ["b"] },
      { permission: "deny", action: "subscribe", topics: ["c"] },
      { permission: "allow", action: "all", topics: ["d"] },
      { permission: "deny", action: "publish", topics: ["e"] },
      { permission: "allow", action: "subscribe", topics: ["f"] },
      { permission: "deny", action: "all", topics: ["g"] },
      { permission: "allow", action: "publish", topics: ["h"] },
    ]);
  });

  it("--qos is for all of them, --retain for those about publishing", async () => {
    expect(await rules("--allow", "a", "--allow-subscribe", "b", "--qos", "0,1,1", "--no-retain")).toEqual([
      { permission: "allow", action: "all", topics: ["a"], qos: [0, 1], retain: false },
      { permission: "allow", action: "subscribe", topics: ["b"], qos: [0, 1] },
    ]);
    expect(await rules("--allow-publish", "a", "--retain")).toEqual([
      { permission: "allow", action: "publish", topics: ["a"], retain: true },
    ]);
  });

  it("are absent when none is given", async () => {
    expect(await rules("--profile", "none")).toBeUndefined();
  });

  it.each([
    [["--qos", "1"]],
    [["--retain"]],
    [["--allow", "a", "--qos", "3"]],
    [["--allow", "a", "--qos", "0;1"]],
    [["--allow-subscribe", "a", "--retain"]],
  ])("%j is a mistake", async (words) => {
    await expect(rules(...words)).rejects.toThrow(UsageError);
  });

  it("--profile and --no-profile tell apart what to do with the profile", async () => {
    expect((await inputFor("--allow", "a")).options.profile).toBeUndefined();
    expect((await inputFor("--no-profile")).options.profile).toBe(false);
    expect((await inputFor("--profile", "sensor")).options.profile).toBe("sensor");
  });
});
