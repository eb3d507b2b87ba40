/** The reasons of events of the service itself, and what they mean. */
export const serviceReasons = {
  started: "The server runs; `detail` has its listeners.",
  stopped: "The server was stopped; `detail` says by what.",
  reloaded: "The configuration was read anew; `detail` says what changed.",
  registry_ready: "The registry of devices can be used again.",
  "registry_missing, registry_locked, registry_read_only, registry_full, registry_corrupt, registry_unavailable":
    "The registry cannot be used, or not be written; `detail` says what to do.",
  audit_gap: "The audit could not be written for a time; `detail` says from when to when, why, and how much was lost.",
  audit_dropped: "Events came faster than they are written; `detail` says how many were lost.",
  audit_corrupt: "The file of the audit was damaged, and set aside.",
  clock_set_back: "The clock of this machine was set back; times of events before and after overlap.",
} as const;

/** Each of them by itself. */
export const serviceReasonNames: readonly string[] = Object.keys(serviceReasons).flatMap((names) => names.split(", "));
