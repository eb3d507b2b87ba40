import { auditTypes } from "../audit/audit-event.ts";
import { countText } from "../audit/timeline/time-text.ts";
import { reasonProblem } from "../operations/check-reason.ts";
import type { DeviceView } from "../operations/device-view.ts";
import { macFromPerson } from "../operations/mac-from-person.ts";
import { OperationError } from "../operations/operation.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { type Command, type CommandContext, type CommandInput, exitCodes, UsageError } from "./command.ts";
import { createEventLine, lineLegend } from "./event-line.ts";
import type { StreamedEvent } from "./event-stream.ts";
import { followServer } from "./follow-server.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { text, texts } from "./option-values.ts";
import { paint, wrap } from "./print.ts";
import { sinceOption, sinceTime } from "./since.ts";

export const watch: Command = {
  name: "watch",
  summary: "Follow live who is let in and who is refused, and why, until Ctrl-C",
  options: [
    { flags: "--device <id>", description: "only this device; a MAC in any form" },
    { flags: "--client-id <id>", description: "only this client id" },
    { flags: "--result <result>", description: "only decisions with this result", choices: ["allow", "deny"] },
    { flags: "--reason <reason>", description: "only this reason, e.g. token_expired" },
    { flags: "--broker <name>", description: "only this broker, e.g. embedded or emqx" },
    {
      flags: "--type <type>",
      description: `only events of this type; may be repeated: ${Object.keys(auditTypes).join(", ")}`,
      repeatable: true,
      choices: Object.keys(auditTypes),
    },
    sinceOption("first what happened since"),
  ],
  examples: [
    "connack watch --result deny",
    "connack watch --device sensor-1 --since 24h",
    "connack watch --json | jq -r .reason",
  ],
  async run(input, context) {
    const since = sinceTime(input, Date.now());
    const question = await questionOf(input, context);
    const show = lineOf(context);
    const { interrupted, stop } = onInterrupt();
    try {
      const events = followServer({
        folder: dataFolderPath(context.loadConfig().config.dataDir),
        question,
        ...(since !== undefined && { since }),
        signal: interrupted,
        onOpen: (again) => say(context, again ? "the server is back" : undefined),
        onGone: () => say(context, "the server went away; trying again until it is back"),
      });
      for await (const event of events) {
        context.out(show(event));
        await context.outDrained();
      }
      return exitCodes.ok;
    } finally {
      stop();
    }
  },
};

async function questionOf(input: CommandInput, context: CommandContext): Promise<URLSearchParams> {
  const reason = text(input, "reason");
  const types = texts(input, "type") ?? [];
  const problem = reasonProblem({ reason, types });
  if (problem)
    throw new UsageError(`--reason: ${problem.message}; ${problem.next ?? "connack reasons shows those there were"}`);
  const device = text(input, "device");
  const one = {
    deviceId: device === undefined ? undefined : await deviceIdOf(context, device),
    clientId: text(input, "clientId"),
    result: text(input, "result"),
    reason,
    broker: text(input, "broker"),
  };
  const given = Object.entries(one).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams([...given, ...types.map((type): [string, string] => ["type", type])]);
}

/** A MAC may be written in any form; what the device is called the registry knows. */
async function deviceIdOf(context: CommandContext, device: string): Promise<string> {
  const mac = macFromPerson(device);
  if (mac === undefined || mac === device) return device;
  try {
    return ((await context.call("device.show", { id: device })) as DeviceView).id;
  } catch (error) {
    if (!(error instanceof OperationError && error.code === "device_not_found")) throw error;
    return mac;
  }
}

function lineOf(context: CommandContext): (event: StreamedEvent) => string {
  if (context.json) return (event) => `${JSON.stringify(event)}\n`;
  const line = createEventLine(context);
  return (event) =>
    "missed" in event
      ? `${paint(context, "yellow", `… ${countText(event.missed)} events left out: this reader was too slow`)}\n`
      : line(event);
}

function say(context: CommandContext, news: string | undefined): void {
  if (context.json) {
    if (news !== undefined) context.err(`${JSON.stringify({ notice: news })}\n`);
    return;
  }
  const said = news === undefined ? `Following events (Ctrl-C ends). ${lineLegend}` : `connack: ${news}`;
  context.err(`${wrap(said, "", context.errColumns)}\n`);
}
