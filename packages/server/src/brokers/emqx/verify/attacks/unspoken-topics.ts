import { randomBytes } from "node:crypto";
import { type Attack, held, letThrough } from "../attack.ts";
import { isRefused } from "../judge-listening.ts";
import { nonce } from "../nonce.ts";

export const unspokenTopics: Attack = {
  name: "unspoken-topics",
  group: "rights",
  title: "two devices use a topic under $… that no rule speaks about",
  expected: "refused, nothing comes",
  means:
    "What Connack's rules do not speak about is allowed: EMQX asks another source, or allows what nothing matches.",
  fix: "connack emqx apply: the source file, whose acl.conf ends in allow all, has to go, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const [reader, writer] = [await lane.letIn(lane.device(kind)), await lane.letIn(lane.device(kind))];
    const topic = `$verify-${randomBytes(8).toString("hex")}/a`;
    const isGranted = !isRefused(await reader.subscribe([topic]));
    const payload = nonce();
    const code = await writer.publish(topic, payload);
    const isHeard = await reader.receives(payload, isGranted ? 1000 : 200);
    await Promise.all([reader.leave(), writer.leave()]);
    if (isHeard) return letThrough("DELIVERED");
    if (isGranted) return letThrough("GRANTED");
    // MQTT 3.1.1 has no code that says no.
    const isTaken = lane.version === 5 && code !== undefined && code < 128;
    return isTaken ? letThrough("ACCEPTED") : held("refused, nothing comes");
  },
};
