import { readFileSync } from "node:fs";

/** What an HTTP authenticator answered and what the client got. */
export interface AuthnRow {
  label: string;
  version: 4 | 5;
  /** The CONNACK in hex. */
  connack: string;
  /** HTTP requests that were seen. */
  requests: number;
  /** The answer's bytes; without them the server hung or was down. */
  answer?: string;
  /** The server closed the connection, after what it had to say. */
  closes?: true;
  /** This row's client was another than that of `requests`. */
  otherRequest?: true;
}

/** The same for an authorization source: what a publish with each QoS and a SUBSCRIBE got. */
export interface AuthzRow {
  label: string;
  version: 4 | 5;
  noMatch: "allow" | "deny";
  qos0: string;
  qos1: string;
  qos2: string;
  subscribe: string;
  requests: number;
  answer?: string;
  closes?: true;
  /** The requests' bytes, in their order. */
  sent?: string[];
}

/** Events a rule sent to its sink during one scene. */
export interface Scene {
  label: string;
  events: Record<string, unknown>[];
}

/** The request bytes of each MQTT version, and the rows. */
export function readAuthnRows(): { requests: Record<string, string>; rows: AuthnRow[] } {
  const [first, ...rows] = readLines("authn-answers.jsonl");
  return { requests: (first as { requests: Record<string, string> }).requests, rows: rows as AuthnRow[] };
}

export const readAuthzRows = (): AuthzRow[] => readLines("authz-answers.jsonl") as AuthzRow[];
export const readScenes = (): Scene[] => readLines("events.jsonl") as Scene[];

/** `<now+60>` in a recorded answer, as of this moment, with the length that goes with it. */
export function atPresent(answer: string): string {
  return answer.replace(/<now([+-]\d+)>/g, (_whole, seconds: string) =>
    String(Math.floor(Date.now() / 1000) + Number(seconds)),
  );
}

function readLines(file: string): unknown[] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
