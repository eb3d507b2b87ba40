import { reasonSentence } from "../audit/reason-sentence.ts";
import { countText } from "../audit/timeline/time-text.ts";
import type { EventView } from "../operations/audit-query.ts";
import { printable, wrap } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint } from "./print.ts";

type Screen = Pick<CommandContext, "colour" | "columns"> & CommandContext;

/** Said once above the lines. */
export const lineLegend = "name? = nothing proved that it was that device; (name) = a client id, no device is known";

/** A terminal of fewer columns has no column for the broker: names, reasons and topics stand there in full. */
const wideColumns = 110;

/**
 * Events as lines of fixed columns: time (UTC), verdict, who, broker, and why. On a terminal what does not fit stands in
 * full on indented lines below, and the date on a line of its own where it changes. Without a terminal an event is a line.
 */
export function createEventLine(context: Screen): (event: EventView) => string {
  const { columns } = context;
  const isWide = columns >= wideColumns;
  const whoWidth = isWide ? 32 : 18; // a MAC and its question mark
  let date = "";
  return (event) => {
    const [day, clock] = event.lastAt.split("T") as [string, string];
    const isNewDay = columns !== Infinity && day !== date;
    date = day;
    const time = columns === Infinity ? `${event.lastAt.slice(0, 19)}Z` : clock.slice(0, 8);
    const [verdict, colour] = verdictOf(event);
    const broker = isWide ? `${printable(event.broker ?? "").padEnd(8)}  ` : "";
    const after = `  ${printable(whoOf(event)).padEnd(whoWidth)}  ${broker}`;
    const taken = `${time}  `.length + verdictWidth + after.length;
    const { what, why } = whyOf(event);
    const lines = fitted(printable(what), printable(why), taken, columns);
    const line = [
      `${time}  ${paint(context, colour, verdict.padEnd(verdictWidth))}${after}${lines[0]}`,
      ...lines.slice(1),
    ];
    return `${isNewDay ? `${paint(context, "dim", `${day} (UTC)`)}\n` : ""}${line.map((each) => each.trimEnd()).join("\n")}\n`;
  };
}

/** The first of the lines goes behind `taken` columns. */
function fitted(what: string, why: string, taken: number, columns: number): string[] {
  const all = [what, why].filter((part) => part !== "").join(": ");
  if (taken + all.length <= columns) return [all];
  if (what === "" || taken + what.length > columns) return ["", ...wrap(all, below, columns).split("\n")];
  return [what, ...wrap(why, below, columns).split("\n")];
}

const below = " ".repeat(10);

const verdictWidth = 7;

function verdictOf({ type, result }: EventView): [string, "red" | "green" | "yellow" | "dim"] {
  switch (type) {
    case "connect":
      return result === "allow" ? ["allow", "green"] : ["deny", "red"];
    case "connack":
    case "publish_denied":
    case "subscribe_denied":
      return ["deny", "red"];
    case "connected":
      return ["on", "green"];
    case "disconnected":
      return ["off", "dim"];
    case "guard":
      return ["guard", "yellow"];
    case "change":
      return ["change", "yellow"];
    case "service":
      return ["connack", "yellow"];
  }
}

function whoOf({ deviceId, unproven, clientId }: EventView): string {
  if (deviceId !== undefined) return unproven ? `${deviceId}?` : deviceId;
  return clientId === undefined ? "-" : `(${clientId})`;
}

/** What happened, in the code for it, and the sentence that explains it; either may be empty. */
function whyOf(event: EventView): { what: string; why: string } {
  const { type, reason, count, topic, scheme, address, actor, detail } = event;
  const times = count > 1 ? `×${countText(count)} ` : "";
  const sentence = reasonSentence(event);
  const from = address === undefined ? "" : ` from ${address}`;
  const { deviceId, clientId } = event;
  if (type === "connected")
    return { what: `${times}${clientId === deviceId ? "" : `as ${clientId ?? "?"}`}${from}`.trim(), why: "" };
  if (type === "change") return { what: `${times}${reason} by ${actor ?? "somebody"}`, why: detail ?? "" };
  if (reason === undefined)
    return { what: `${times}${scheme === undefined ? "" : `by ${scheme}`}${from || detail || ""}`.trimEnd(), why: "" };
  const about = topic === undefined ? "" : ` ${topic}`;
  return { what: `${times}${reason}${about}`, why: sentence || detail || "" };
}
