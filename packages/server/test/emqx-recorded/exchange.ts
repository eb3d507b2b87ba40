import { readFileSync } from "node:fs";

/** One recorded step. */
export interface Step {
  /** Its number in the recording. */
  n: number;
  note?: string;
  /** `POST /api/v5/…` */
  do?: string;
  /** Left out: a Bearer token. */
  auth?: string | { key: string; secret?: string } | { user: string };
  body?: unknown;
  /** A body that was no JSON object or list. */
  text?: string;
  /** The request's content type where it is not JSON; `null`: none. */
  type?: string | null;
  status?: number;
  /** The answer's where it is not JSON; `null`: none. */
  contentType?: string | null;
  headers?: Record<string, string>;
  answer?: never;
  /** The recorder kept only some members. */
  partly?: true;
  restart?: true;
  connect?: {
    ver: 4 | 5;
    clientid: string;
    username?: string;
    password?: string;
    keepalive?: number;
    clean?: boolean;
    props?: string;
  };
  connack?: string;
  /** Packets a client got, in hex; which client, where it was said. */
  received?: string[];
  of?: string | null;
  /** Topics published with QoS 1, or a filter subscribed to; `acks` are the answers in hex. */
  publish?: string[];
  subscribe?: string;
  acks?: string[];
  /** Requests that EMQX sent to a backend. */
  backend?: unknown;
}

/** The recorded flows, in their order: a line that names a flow, then its steps, one a line. */
export function readExchanges(): Record<string, Step[]> {
  const lines = readFileSync(new URL("api-exchanges.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const flows: Record<string, Step[]> = {};
  let steps: Step[] = [];
  for (const line of lines.map((one) => JSON.parse(one) as Step & { flow?: string })) {
    if (line.flow === undefined) steps.push(line);
    else {
      steps = [];
      flows[line.flow] = steps;
    }
  }
  return flows;
}
