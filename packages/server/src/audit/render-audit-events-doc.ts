import { type AuditEvent, type AuditType, auditTypes, type NewAuditEvent } from "./audit-event.ts";
import { disconnectReasons, disconnectSentence } from "./disconnect-reasons.ts";
import { type EventView, eventView } from "./event-view.ts";
import { exampleEvents, exampleTimeMs } from "./example-events.ts";

/** What each member says; `docs` has no other list of them. */
const members = {
  id: "Rises with time, and is never used twice.",
  time: "When it happened last; the same as `lastAt`.",
  type: "One of the types below.",
  firstAt: "When it happened for the first time; ISO 8601, as all times.",
  lastAt: "When it happened for the last time.",
  count: "How often: repeats of the same refusal are one event that grows.",
  broker: "`embedded`, `emqx`; `http` where a question could not be read.",
  listener: "Where the device came in, in the broker's own words.",
  deviceId: "The device or service it is about.",
  unproven: "Nothing proved that it was that device: the peer only said so.",
  clientId: "At most 256 characters. What looks like a token or password is not kept.",
  address: "IP address of the device, as the broker saw it.",
  scheme: "Kind of the credential.",
  keyId: "Key that proved the credential; `connack key list`.",
  result: "`allow` or `deny`: of our decisions.",
  reason: "Why: a code of [deny-reasons.md](deny-reasons.md), or of one of the tables below.",
  reasonText: "What the reason means, where it is one of deny-reasons.md.",
  fix: "What to do about it.",
  detail: "One sentence for the operator.",
  hints: "What the credential lets suspect, for instance of the device's clock. Only after a good signature.",
  topic: "Topic or filter of the last denial; at most 256 characters.",
  latencyUs: "Time the decision took, in microseconds.",
  token: "`iat`, `nbf` and `exp` of the last token with a good signature, and `iat` of the first of them (`firstIat`).",
  actor: "Who changed something: `cli`, `api:<name of token>`, `connack`.",
} as const satisfies Record<keyof EventView, string>;

const serviceReasons = {
  started: "The server runs; `detail` has its listeners.",
  stopped: "The server was stopped; `detail` says by what.",
  reloaded: "The configuration was read anew; `detail` says what changed.",
  registry_ready: "The registry of devices can be used again.",
  "registry_missing, registry_locked, registry_read_only, registry_full, registry_corrupt, registry_unavailable":
    "It cannot be used, or not be written; `detail` says what to do.",
  audit_gap: "The audit could not be written for a time; `detail` says from when to when, why, and how much was lost.",
  audit_dropped: "Events came faster than they are written; `detail` says how many were lost.",
  audit_corrupt: "The file of the audit was damaged, and set aside.",
  clock_set_back: "The clock of this machine was set back; times of events before and after overlap.",
} as const;

/** docs/audit-events.md, from the types of events, how they are made, and the reasons of disconnects. */
export function renderAuditEventsDoc(): string {
  const types = Object.entries(auditTypes) as [AuditType, string][];
  return `# Audit: what is kept of what happened

Generated from \`packages/server/src/audit/\`; do not edit.

Every decision about a CONNECT, every denied topic, what brokers tell, and every change by a person or program is an event
in \`audit.db\` in the data folder.

\`\`\`
connack device timeline sensor-1   # what happened to one device, and why
connack reasons --since 24h        # why devices were refused, and what to do
connack watch --since 1h           # the last hour, then live; --json for programs
\`\`\`

No event has a user name, a password or a token. What a peer sent is cut, and characters that cannot be printed are
replaced.

## Members

What programs get: \`connack watch --json\`, and the admin API. A member that does not apply is left out.

| member | what it says |
| --- | --- |
${Object.entries(members)
  .map(([name, text]) => `| \`${name}\` | ${text} |`)
  .join("\n")}

## Types

${types.map(([type, text]) => renderType(type, text)).join("\n\n")}

## How repeats are folded

* **A refusal that repeats is one event that grows**: its \`count\`, \`lastAt\`, and what differs from one time to the next
  (\`detail\`, \`address\`, \`latencyUs\`, \`token\`) is that of the last. A device that retries every ten seconds for a week is
  one event. It ends with the device's next login, or a day after its last time; the same refusal later begins another.
* The same means: type, broker, reason and device, and for denied topics the topic. Who proved nothing is told by
  network address, credential and reason, and by the client id or name it gave; beyond a hundred of these, all others share
  one event, as do more than twenty topics of one device. So a storm is a few lines, and \`count\` is right.
* The same login again within ten seconds is one event: brokers ask twice when a connection to Connack broke.
* Events of one guard are one event as long as less than an hour lies between two. The embedded broker tells of a guard once a second at most, and of denied
  topics at most so often a minute for each connection: \`connack status\` has the exact numbers since the start.
* Logins, connects and disconnects are an event each, up to some thousands a second; more are one event per second,
  which says how many it stands for. Changes are never folded.

## How long they are kept

\`audit.keepFor\` is the time an event is kept after its last time, \`audit.maxRows\` and \`audit.maxBytes\` are the most that
is kept: the oldest go first, a little at a time. See [configuration.md](configuration.md).

## What can be lost, and where it shows

Decisions never wait for the audit. When its disk is full, its file is gone, or events come faster than they are
written, a bounded number waits, and the rest is lost and counted: \`connack status\` shows the audit's state and \`dropped\`,
the log has a warning, and when it is well again an event \`audit_gap\` or \`audit_dropped\` tells what is missing. What
waits when the process is killed is lost too: about a quarter of a second.

## Reasons of a disconnect

| reason | the connection ended, as |
| --- | --- |
${disconnectReasons.map(renderDisconnect).join("\n")}

EMQX may tell other names: those of MQTT 5 reason codes and of socket errors.

## Reasons of a service event

| reason | what happened |
| --- | --- |
${Object.entries(serviceReasons)
  .map(([names, text]) => `| ${names.split(", ").map(code).join(", ")} | ${text} |`)
  .join("\n")}
`;
}

function renderType(type: AuditType, text: string): string {
  const [example, ...others] = exampleEvents[type];
  if (example === undefined) throw new Error(`${type} has no example`);
  const shown = view(example, type === "connect" ? 214 : 1);
  const also = [...new Set(others.flatMap((event) => Object.keys(view(event, 1))))];
  const more = also.filter((name) => !Object.hasOwn(shown, name)).map(code);
  const sentence = more.length === 0 ? "" : ` Others of this type also have ${more.join(", ")}.`;
  return `### ${code(type)}

${text}${sentence}

\`\`\`json
${JSON.stringify(shown, null, 2)}
\`\`\``;
}

/** As it is seen when it has happened so often, every ten seconds. */
function view({ at: lastAt = exampleTimeMs, token, ...rest }: NewAuditEvent, count: number): EventView {
  const since = (count - 1) * 10;
  const event: AuditEvent = { ...rest, id: exampleTimeMs * 1024, firstAt: lastAt - since * 1000, lastAt, count };
  if (token?.iat !== undefined) event.token = { ...token, firstIat: token.iat - since };
  return eventView(event);
}

function renderDisconnect(reason: string): string {
  const [own, emqx] = ["embedded", "emqx"].map((broker) => disconnectSentence(reason, broker));
  return `| ${code(reason)} | ${own === emqx ? own : `${own}; of EMQX: ${emqx}`} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
