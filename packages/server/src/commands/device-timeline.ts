import type { DeviceTimeline } from "../operations/device-timeline.ts";
import { type Command, exitCodes } from "./command.ts";
import { given, wholeNumber } from "./option-values.ts";
import { printJson } from "./print.ts";
import { printTimeline } from "./print-timeline.ts";
import { sinceOption, sinceTime } from "./since.ts";

export const deviceTimeline: Command = {
  name: "device timeline",
  summary: "Why a device was refused or is offline: its history in plain words, with the fix",
  arguments: [{ name: "<id>", description: "its id, a MAC in any form, or a client id; it need not be registered" }],
  options: [
    sinceOption("what happened since (default: 7d)"),
    { flags: "--limit <n>", description: "at most so many rows, the latest, up to 1000 (default: 100)" },
    { flags: "--refused", description: "only refusals and denied topics" },
  ],
  examples: ["connack device timeline sensor-1", "connack device timeline aa:bb:cc:dd:ee:ff --since 24h"],
  async run(input, context) {
    const question = given({
      id: input.args[0],
      since: sinceTime(input, Date.now()),
      limit: wholeNumber(input, "limit", "--limit"),
      refused: input.options.refused === true ? true : undefined,
    });
    const timeline = (await context.call("device.timeline", question)) as DeviceTimeline;
    if (context.json) printJson(context, timeline);
    else printTimeline(context, timeline, { onlyRefused: question.refused === true });
    return timeline.known ? exitCodes.ok : exitCodes.refused;
  },
};
