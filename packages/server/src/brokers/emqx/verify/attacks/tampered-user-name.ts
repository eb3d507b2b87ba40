import type { Attack } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const tamperedUserName: Attack = {
  name: "tampered-user-name",
  group: "refused",
  title: "a signed credential with another user name",
  expected: "refused",
  means: "What is signed is not what is checked: a device can claim what it likes.",
  fix: "connack emqx apply; the body of the authenticator has to hand on the user name as it came",
  with: ["xiaozhi-hmac"],
  async run(lane, kind) {
    const device = lane.device(kind);
    const username = Buffer.from(JSON.stringify({ ip: "198.51.100.1" })).toString("base64");
    return judgeRefusal(await lane.connect({ ...device, username }));
  },
};
