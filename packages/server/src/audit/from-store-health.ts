import type { StoreHealth } from "../registry/device-registry.ts";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventText } from "./event-text.ts";

/** The event of a change in the registry's state: `registry_ready`, `registry_missing`, … */
export function fromStoreHealth({ state, detail }: Pick<StoreHealth, "state" | "detail">): NewAuditEvent {
  const event: NewAuditEvent = { type: "service", reason: `registry_${state.replaceAll("-", "_")}` };
  return detail === "" ? event : { ...event, detail: eventText(detail, 1000) };
}
