import type { z } from "zod";
import { formatDuration } from "../config/duration.ts";
import { nearestKey } from "../config/nearest-key.ts";
import { OperationError } from "./operation.ts";
import { timeExamples } from "./read-time.ts";

type Issue = z.core.$ZodIssue;
type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

/** What an input is called where people write it. */
interface Input {
  name: string;
  /** The option it comes from, for what may be left out. */
  flag?: string;
  /** How a number is written behind the option. */
  write?: (value: number) => string;
  /** What to do about a rule that only the schema knows. */
  next?: string;
}

const deviceId: Input = { name: "the device id", next: "name the device as its credential does, e.g. sensor-1" };

const time = (name: string): Input => ({ name, next: `give a time such as ${timeExamples}` });

/** By its name in an operation's input, or `<operation> <name>` where one name means two things. */
const inputs: Record<string, Input> = {
  id: deviceId,
  device: deviceId,
  "key.add id": { name: "the key id", flag: "--id", next: "--id takes 1 to 128 of them" },
  "token.add name": { name: "the name of the token", next: "name who will use it, e.g. grafana" },
  "token.add role": { name: "the role", flag: "--role" },
  "token.add expiresIn": { name: "the life of the token", flag: "--expires", write: formatDuration },
  "key.remove id": { name: "the key id", next: "connack key list shows them" },
  group: { name: "the group", flag: "--group" },
  attributes: { name: "the attributes", flag: "--attribute" },
  clientIds: { name: "a client id", flag: "--client-id" },
  clientId: { name: "the client id", flag: "--client-id" },
  username: { name: "the user name", flag: "--username" },
  password: { name: "the password" },
  claims: { name: "the claims", next: "leave these out; --expires-in says how long the token lives" },
  expiresIn: { name: "the life of the token", flag: "--expires-in", write: formatDuration },
  keyId: { name: "the key id", flag: "--key" },
  since: time("since"),
  from: time("from"),
  until: time("until"),
  limit: { name: "the limit", flag: "--limit" },
  after: { name: "the id to go on after", flag: "--after" },
  minKeyGeneration: { name: "the least key generation", flag: "--min-key-generation" },
  content: { name: "the key file", next: "give the file of one key or key set" },
};

const mostTold = 3;

/**
 * What is wrong with the input of an operation, and what to do. Never quotes a value: it may be a secret. Of `given` only
 * a name that is near to a known one is told, and that by the known one.
 */
export function badInput(operation: string, { issues }: z.ZodError, given?: unknown): OperationError {
  const told = issues.map((issue) => describe(issue, inputAt(operation, issue), given));
  const reasons = [...new Set(told.map(({ reason }) => reason))];
  return new OperationError("bad_input", reasons.slice(0, mostTold).join("; "), told[0]?.next);
}

function inputAt(operation: string, { path }: Issue): Input {
  const [top, below] = path.map(String);
  if (top === undefined) return { name: "the input" };
  if (top === "attributes" && below !== undefined) return { name: `attribute ${quote(below)}` };
  return inputs[`${operation} ${top}`] ?? inputs[top] ?? { name: top };
}

function describe(issue: Issue, input: Input, given: unknown): { reason: string; next?: string | undefined } {
  const { name, next } = input;
  switch (issue.code) {
    case "too_small":
    case "too_big":
      return describeSize(issue, input);
    case "invalid_key":
      return { reason: `${name} has a name that cannot be`, next: issue.issues[0]?.message };
    case "invalid_format":
      return { reason: `${name} has other characters than ${issue.message}`, next };
    case "invalid_value":
      return { reason: `${name} is none of ${issue.values.join(", ")}`, next: next ?? nearestOf(issue, given) };
    case "invalid_type":
      return { reason: `${name} is missing or not a ${issue.expected}`, next };
    case "unrecognized_keys":
      return { reason: `${issue.keys.map(quote).join(", ")} means nothing here`, next };
    case "custom":
      return { reason: `${name}: ${issue.message}`, next };
    default:
      return { reason: `${name} cannot be read`, next };
  }
}

function nearestOf({ path, values }: z.core.$ZodIssueInvalidValue, given: unknown): string | undefined {
  const value = path.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name], given);
  const names = values.filter((each) => typeof each === "string");
  const nearest = typeof value === "string" ? nearestKey(value, names) : undefined;
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

function describeSize(issue: SizeIssue, input: Input): { reason: string; next: string } {
  const { name, flag, write = String, next = flag ? `give ${flag} a value, or leave it out` : "give one" } = input;
  const [isSmall, limit] = issue.code === "too_small" ? [true, Number(issue.minimum)] : [false, Number(issue.maximum)];
  const what = flag ?? name;
  switch (issue.origin) {
    case "string":
      if (!isSmall) return { reason: `${name} is longer than ${limit} characters`, next: "shorten it" };
      if (limit > 1) return { reason: `${name} is shorter than ${limit} characters`, next: "take a longer one" };
      return { reason: `${name} is empty`, next };
    case "array":
      return isSmall
        ? { reason: `${what} is needed ${limit} times at least`, next: `add ${what}` }
        : { reason: `${what} is there more than ${limit} times`, next: `${limit} are the most that are kept` };
    default:
      return isSmall
        ? { reason: `${name} is less than ${write(limit)}`, next: `${what} takes ${write(limit)} or more` }
        : { reason: `${name} is more than ${write(limit)}`, next: `${what} takes ${write(limit)} at most` };
  }
}

function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
