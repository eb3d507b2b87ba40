import { setTimeout as sleep } from "node:timers/promises";
import { type Attack, held, letThrough } from "../attack.ts";
import { isRefused, refusedText } from "../judge-listening.ts";

export const systemTopics: Attack = {
  name: "system-topics",
  group: "rights",
  title: "subscribe to $SYS/#",
  expected: "refused, nothing comes",
  means: "Any device learns who connects, from where, and how the broker is built.",
  fix: "connack emqx apply: the source file, whose acl.conf ends in allow all, has to go, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const peer = await lane.letIn(lane.device(kind));
    const codes = await peer.subscribe(["$SYS/#"]);
    await sleep(isRefused(codes) ? 300 : 1500);
    const isHeard = peer.messages.some(({ topic }) => topic.startsWith("$SYS/"));
    await peer.leave();
    if (isHeard) return letThrough("GRANTED, messages come");
    return isRefused(codes) ? held(refusedText(codes)) : letThrough("GRANTED");
  },
};
