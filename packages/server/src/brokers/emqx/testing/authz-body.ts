import { readFileSync } from "node:fs";

/** A body that EMQX 5.8.0 sent to an authorization source: all members are texts. */
export type RecordedAuthz = Record<"clientid" | "username" | "action" | "topic" | "qos" | "retain", string>;

const fixture = new URL("../fixtures/authz-recorded.json", import.meta.url);
const { requests } = JSON.parse(readFileSync(fixture, "utf8")) as { requests: { body: string }[] };

export const recordedAuthz = requests.map(({ body }) => JSON.parse(body) as RecordedAuthz);

/** The body template that docs/brokers/emqx.md tells operators to set up, as EMQX gets it from the shell. */
export const bodyTemplate = readTemplate();

function readTemplate(): Record<string, string> {
  const page = readFileSync(new URL("../../../../../../docs/brokers/emqx.md", import.meta.url), "utf8");
  const [, heredoc = ""] = /authorization\/sources" \\\n.*?<<JSON\n(.*?)\nJSON\n/s.exec(page) ?? [];
  const source = JSON.parse(heredoc.replaceAll("\\$", "$")) as { body: Record<string, string> };
  return source.body;
}

/** The body as EMQX would render it for the same request of a client with these client attributes. */
export function renderBody(
  recorded: Partial<RecordedAuthz>,
  attributes: Record<string, string>,
): Record<string, string> {
  const values: Record<string, string> = { ...recorded };
  for (const [name, value] of Object.entries(attributes)) values[`client_attrs.${name}`] = value;
  const render = (text: string) => text.replace(/\$\{([^}]+)\}/g, (_, name: string) => values[name] ?? "");
  return Object.fromEntries(Object.entries(bodyTemplate).map(([name, text]) => [name, render(text)]));
}
