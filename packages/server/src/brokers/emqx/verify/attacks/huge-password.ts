import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

const bytes = 20 * 1024;

export const hugePassword: Attack = {
  name: "huge-password",
  group: "refused",
  title: "a password of 20 KB",
  expected: "refused",
  means: "What Connack cannot read, or refuses to read, is let in by somebody else.",
  fix: "connack emqx plan names other authenticators; otherAuthenticators: disable switches them off",
  with: "once",
  async run(lane) {
    const [kind] = lane.kinds;
    if (kind === undefined) throw new Error("no device");
    const password = randomBytes(bytes).toString("base64url").slice(0, bytes);
    return judgeRefusal(await lane.connect({ ...lane.device(kind), password }));
  },
};
