import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const randomPassword: Attack = {
  name: "random-password",
  group: "refused",
  title: "a known device with a random password",
  expected: "refused",
  means: "Whoever knows the name of a device is that device.",
  fix: "connack emqx apply; connack emqx plan names authenticators that let in without Connack",
  with: ["password"],
  async run(lane, kind) {
    const password = randomBytes(32).toString("base64url");
    return judgeRefusal(await lane.connect({ ...lane.device(kind), password }));
  },
};
