import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readXiaozhiFile } from "../config/read-xiaozhi-file.ts";
import { type PlanOptions, planChange } from "./plan-change.ts";
import { serverFiles } from "./testing/server-files.ts";

const newKey = () => `Aa${randomBytes(16).toString("hex")}`;
const ours = { id: "hmac-1", generation: 1, key: newKey() };
const wanted = fc.record({
  host: fc.constantFrom("mqtt.example.org", "198.51.100.7", "emqx", "on", "1e3.example.org"),
  port: fc.constantFrom(1883, 8883, 11883),
  form: fc.constantFrom("string" as const, "object" as const, undefined),
});

/** Lines that are not in both, by the longest common subsequence. */
function changedLines(before: readonly string[], after: readonly string[]): { gone: string[]; come: string[] } {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] as number[];
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const gone: string[] = [];
  const come: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      i += 1;
      j += 1;
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1)))
      gone.push(before[i++] as string);
    else come.push(after[j++] as string);
  }
  return { gone, come };
}

const ourLine = /^\uFEFF?\s*(server|mqtt_gateway|mqtt_signature_key|enabled|broker|port|udp_port): ?|^\s*$/;
const commentOf = (line: string) => /\s*(?:#.*)?\r?$/.exec(line.replaceAll(/'[^']*'|"[^"]*"/g, "_"))?.[0].trim() ?? "";

it("changes what is wanted and no other byte, in any file", () => {
  fc.assert(
    fc.property(serverFiles, wanted, fc.boolean(), ({ text, gateway, key }, { host, port, form }, writeKey) => {
      const options: PlanOptions = {
        file: "c.yaml",
        gateway: { host, port },
        ...(gateway === "none" || gateway === "unset" ? { form } : {}),
        keys: [ours],
        writeKey,
      };
      const plan = planChange(text, options);
      expect(plan.form).toBe(
        gateway === "block" || gateway === "flow" ? "object" : gateway === "text" ? "string" : (form ?? "string"),
      );
      // What the server reads, by the reader that Connack itself takes such files with
      const read = readXiaozhiFile(plan.text.replace(/^\uFEFF/, ""), "c.yaml");
      const value = (name: string) => read.settings.find((each) => each.key.key === name)?.value;
      expect([value("xiaozhi.gateway.host"), Number(value("xiaozhi.gateway.port"))]).toEqual([host, port]);
      expect(value("credentials.xiaozhiHmac.key")).toBe(writeKey ? ours.key : key);
      // All else is as it was
      const { gone, come } = changedLines(text.split(/\r?\n/), plan.text.split(/\r?\n/));
      for (const line of [...gone, ...come]) expect(line).toMatch(ourLine);
      const comments = (lines: readonly string[]) =>
        lines
          .map(commentOf)
          .filter((each) => each !== "")
          .sort();
      expect(comments(come)).toEqual(comments(gone));
      expect(plan.text.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
      expect(/(^|[^\r])\n/.test(plan.text)).toBe(
        /(^|[^\r])\n/.test(text) || (!text.includes("\n") && plan.text.includes("\n")),
      );
      // Done is done
      const again = planChange(plan.text, { ...options, form: undefined });
      expect([again.changes, again.text]).toEqual([[], plan.text]);
    }),
    { numRuns: 400 },
  );
}, 60_000);
