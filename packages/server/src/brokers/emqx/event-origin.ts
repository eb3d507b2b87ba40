import type { EventOrigin } from "../broker-adapter.ts";
import { type Columns, textIn, wholeTextIn } from "./event-columns.ts";

/** What makes an event itself beside kind, node, client id, peer and time. */
const telling = ["reason_code", "reason", "action", "topic", "result"];

/**
 * Where an event comes from. EMQX sends an event again that it has no answer to, for up to 45 s: the same columns. Two
 * connections of one client id have different peers, so that events of one millisecond stay apart.
 */
export function originOf(kind: string, columns: Columns): EventOrigin {
  const clientId = wholeTextIn(columns, "clientid");
  const { timestamp } = columns;
  const parts = [kind, timestamp, textIn(columns, "node"), clientId, textIn(columns, "peername")];
  const proven = provenIn(columns);
  return {
    kind,
    // Without a time every event of its kind would be the same.
    ...(typeof timestamp === "number" && {
      delivery: JSON.stringify([...parts, ...telling.map((name) => columns[name])]),
    }),
    ...(clientId !== undefined && { clientId }),
    ...(proven && { proven }),
  };
}

/** Our answer named device and scheme in the client attributes. */
function provenIn({ client_attrs: attributes }: Columns): EventOrigin["proven"] {
  if (typeof attributes !== "object" || attributes === null) return undefined;
  const deviceId = textIn(attributes as Columns, "device");
  const scheme = textIn(attributes as Columns, "scheme");
  return deviceId === undefined ? undefined : { deviceId, ...(scheme !== undefined && { scheme }) };
}
