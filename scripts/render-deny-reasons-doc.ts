import { connackCodes, type DenyReasonRow, denyReasons } from "@connack/credentials";

/** docs/deny-reasons.md, from the one table. */
export function renderDenyReasonsDoc(): string {
  const rows: [string, DenyReasonRow][] = Object.entries(denyReasons);
  return `# Reasons for a refusal

Generated from \`packages/credentials/src/deny-reason.ts\`; do not edit.

Every refusal has one of these codes, in the log and in \`connack credential explain\`; \`connack device show\` has the
last one of a device that is registered. A code keeps its meaning for ever. The device itself learns as little as MQTT allows: the
CONNACK code in the table, never a reason text.

| code | what happened | what to do | embedded broker: MQTT 3.1, 3.1.1 / 5 | EMQX 5.8: 3.1, 3.1.1 / 5 |
| --- | --- | --- | --- | --- |
${rows.map(([code, row]) => renderRow(code, row)).join("\n")}

EMQX asks over HTTP, and its HTTP authenticator knows one kind of refusal: \`deny\` is always 5 / 0x87 there. With the
plain 200/401 contract (\`brokers.denyStatus: 401\`) the broker chooses the code.
\`publish_denied\` and \`subscribe_denied\` are no refusals of a CONNECT: an MQTT 3.1 or 3.1.1 client sees a normal PUBACK
(the message is dropped) or SUBACK 0x80, an MQTT 5 client 0x87.
`;
}

function renderRow(code: string, row: DenyReasonRow): string {
  const [v3, v5] = connackCodes[row.connack];
  const afterConnect = code === "publish_denied" || code === "subscribe_denied";
  const embedded = afterConnect ? "connected" : `${v3} / 0x${v5.toString(16)}`;
  const emqx = afterConnect ? "connected" : "5 / 0x87";
  return `| \`${code}\` | ${cell(row.sentence)} | ${cell(row.fix)} | ${embedded} | ${emqx} |`;
}

/** Angle brackets and bars as Markdown shows them. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
