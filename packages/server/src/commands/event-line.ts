import { reasonSentence } from "../audit/reason-sentence.ts";
import { countText } from "../audit/timeline/time-text.ts";
import type { EventView } from "../operations/audit-query.ts";
import { printable } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint } from "./print.ts";

type Screen = Pick<CommandContext, "colour" | "columns"> & CommandContext;

/** Said once above the lines. */
export const lineLegend = "name? = nothing proved that it was that device; (name) = a client id, no device is known";

/**
 * Events as lines of fixed columns: time (UTC), verdict, who, broker, and why. On a terminal no line is longer than
 * that, and the date stands on a line of its own where it changes.
 */
export function createEventLine(context: Screen): (event: EventView) => string {
  const { columns } = context;
  const whoWidth = columns < 110 ? 17 : 32;
  let date = "";
  return (event) => {
    const [day, clock] = event.lastAt.split("T") as [string, string];
    const isNewDay = columns !== Infinity && day !== date;
    date = day;
    const time = columns === Infinity ? `${event.lastAt.slice(0, 19)}Z` : clock.slice(0, 8);
    const [verdict, colour] = verdictOf(event);
    const head = `${time}  `;
    const after = `  ${cell(whoOf(event), whoWidth, columns)}  ${cell(event.broker ?? "", 8, columns)}  `;
    const room = columns - head.length - verdictWidth - after.length;
    const why = cut(printable(whyOf(event)), room);
    const line = `${head}${paint(context, colour, verdict.padEnd(verdictWidth))}${after}${why}`.trimEnd();
    return `${isNewDay ? `${paint(context, "dim", `${day} (UTC)`)}\n` : ""}${line}\n`;
  };
}

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

function whyOf(event: EventView): string {
  const { type, reason, count, topic, scheme, address, actor, detail } = event;
  const times = count > 1 ? `×${countText(count)} ` : "";
  const sentence = reasonSentence(event);
  const from = address === undefined ? "" : ` from ${address}`;
  const { deviceId, clientId } = event;
  if (type === "connected") return `${times}${clientId === deviceId ? "" : `as ${clientId ?? "?"}`}${from}`.trim();
  if (type === "change") return `${times}${reason} by ${actor ?? "somebody"}${detail ? `: ${detail}` : ""}`;
  if (reason === undefined)
    return `${times}${scheme === undefined ? "" : `by ${scheme}`}${from || detail || ""}`.trimEnd();
  const about = topic === undefined ? "" : ` ${topic}`;
  return `${times}${reason}${about}${sentence || detail ? `: ${sentence || detail}` : ""}`;
}

function cell(text: string, width: number, columns: number): string {
  const safe = printable(text);
  return (columns === Infinity ? safe : cut(safe, width)).padEnd(width);
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}
