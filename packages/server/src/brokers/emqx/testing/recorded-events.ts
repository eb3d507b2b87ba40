import { readFileSync } from "node:fs";

/** A body that EMQX 5.8.0 posted, and during which trial. */
export interface RecordedEvent {
  during: string;
  body: string;
}

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8"));

/** Every one that was recorded, in the order of arrival. */
export const recordedEvents = (fixture("events-recorded.json") as { requests: RecordedEvent[] }).requests;

/** Columns by the event's name in a rule, as EMQX 5.8.0 lists them. */
export const eventColumns = (fixture("event-columns.json") as { events: Record<string, string[]> }).events;

/** When the recording began, by the clock of that machine. */
export const recordedAtMs = 1_795_309_085_000;
