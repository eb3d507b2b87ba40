import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const noCredentials: Attack = {
  name: "no-credentials",
  group: "refused",
  title: "no user name and no password",
  expected: "refused",
  means: "Anybody who reaches this listener is in.",
  fix: "connack emqx apply; with no authenticator in its chain, or none enabled, EMQX lets everybody in",
  with: "once",
  async run(lane) {
    return judgeRefusal(await lane.connect({ clientId: `verify-${randomBytes(12).toString("hex")}` }));
  },
};
