import { type DeviceView, isRefusalOver } from "../operations/device-view.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { deviceStatuses } from "../registry/device.ts";
import { type Command, exitCodes } from "./command.ts";
import { given, groupOption, text, wholeNumber } from "./option-values.ts";
import { printJson, printTable } from "./print.ts";

export const deviceList: Command = {
  name: "device list",
  summary: "List devices, in the order of their ids",
  options: [
    { flags: "--status <status>", description: "only devices of this status", choices: deviceStatuses },
    groupOption,
    { flags: "--limit <n>", description: "at most so many, up to 1000 (default: 100)" },
    { flags: "--after <id>", description: "go on after this device" },
  ],
  examples: ["connack device list", "connack device list --status pending --json | jq -r '.devices[].id'"],
  async run(input, context) {
    const query = given({
      status: text(input, "status"),
      group: text(input, "group"),
      after: text(input, "after"),
      limit: wholeNumber(input, "limit", "--limit"),
    });
    const answer = (await context.call("device.list", query)) as { devices: DeviceView[]; next?: string };
    if (context.json) printJson(context, answer);
    else if (answer.devices.length === 0) context.out("no devices\n");
    else {
      const rows = answer.devices.map((device) => [
        device.id,
        device.status,
        device.schemes.join(","),
        device.lastSeenAt?.slice(0, 19).concat("Z") ?? "never",
        isRefusalOver(device) ? "" : (device.lastRefusal?.reason ?? ""),
      ]);
      printTable(context, ["DEVICE", "STATUS", "MAY USE", "LAST SEEN", "REFUSED SINCE"], rows);
      if (answer.next !== undefined)
        context.out(`\nThere may be more:\n${nextPage({ ...query, after: answer.next })}\n`);
    }
    return exitCodes.ok;
  },
};

/** The same question, from there on. */
function nextPage(query: { status?: string; group?: string; limit?: number; after?: string }): string {
  const words = Object.entries(query).flatMap(([name, value]) => [`--${name}`, quoteWord(String(value))]);
  return ["connack device list", ...words].join(" ");
}
