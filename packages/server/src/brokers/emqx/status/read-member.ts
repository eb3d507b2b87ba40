import type { JsonObject } from "../management/management-client.ts";

/** An object that a member of an answer holds. */
export function objectAt(answer: unknown, name: string): JsonObject | undefined {
  const member = memberOf(answer, name);
  return typeof member === "object" && member !== null && !Array.isArray(member) ? (member as JsonObject) : undefined;
}

/** A count; 0 where there is none. */
export function countOf(answer: unknown, name: string): number {
  const member = memberOf(answer, name);
  return typeof member === "number" && Number.isFinite(member) ? member : 0;
}

/** A text; empty where there is none. */
export function textOf(answer: unknown, name: string): string {
  const member = memberOf(answer, name);
  return typeof member === "string" ? member : "";
}

function memberOf(answer: unknown, name: string): unknown {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return undefined;
  return Object.hasOwn(answer, name) ? (answer as JsonObject)[name] : undefined;
}
