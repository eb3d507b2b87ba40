import type { JsonObject } from "../management/management-client.ts";

/** One root of `GET /configs/global_zone`, such as `mqtt`. */
export function sectionOf(globalZone: JsonObject | undefined, name: string): JsonObject | undefined {
  const section = globalZone?.[name];
  return typeof section === "object" && section !== null && !Array.isArray(section) ? section : undefined;
}
