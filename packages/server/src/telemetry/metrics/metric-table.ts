export interface MetricRow {
  type: "counter" | "gauge" | "histogram";
  /** One sentence: what it counts, and in what. */
  help: string;
  labels?: readonly string[];
}

type Rows = Record<string, MetricRow>;

const service = {
  connack_build_info: {
    type: "gauge",
    help: "1, with the versions that run.",
    labels: ["version", "node"],
  },
  connack_ready: { type: "gauge", help: "1 when every login can be decided, as /readyz says; 0 when not." },
  connack_warnings: {
    type: "gauge",
    help: "Standing problems an operator should know of, as connack status lists them.",
  },
  connack_log_lines_dropped_total: { type: "counter", help: "Log lines lost because nobody read them." },
} as const satisfies Rows;

const decisions = {
  connack_decisions_total: {
    type: "counter",
    help: "CONNECT decisions. `reason` is that of a refusal, or none; `scheme` is none where the credential had no known shape. A line is there from its first decision on.",
    labels: ["broker", "scheme", "result", "reason"],
  },
  connack_decision_seconds: {
    type: "histogram",
    help: "Time from a complete question to its decision, in seconds.",
    labels: ["broker", "result"],
  },
  connack_decision_step_seconds: {
    type: "histogram",
    help: "Time in each step of a decision, what it waited for included, in seconds.",
    labels: ["step"],
  },
  connack_key_logins_total: {
    type: "counter",
    help: "Logins that were let in with each key of the ring.",
    labels: ["key"],
  },
  connack_topic_denials_total: {
    type: "counter",
    help: "Publishes and subscribes that were denied.",
    labels: ["broker", "type", "reason"],
  },
  connack_password_checks_total: { type: "counter", help: "Password checks begun." },
  connack_password_checks_refused_total: {
    type: "counter",
    help: "Password checks refused with too_many_attempts.",
  },
  connack_password_answers_total: {
    type: "counter",
    help: "Password logins answered without a check: known to be right (proven), known to be wrong, or shared with the same one under way.",
    labels: ["from"],
  },
  connack_password_checks_running: { type: "gauge", help: "Password checks under way." },
  connack_password_checks_waiting: { type: "gauge", help: "Password checks that wait for their turn." },
} as const satisfies Rows;

const registry = {
  connack_store_state: {
    type: "gauge",
    help: "1 for the state the registry's store is in, 0 for all others.",
    labels: ["state"],
  },
  connack_store_seconds: {
    type: "histogram",
    help: "Time the store took, in seconds: find (what was in no memory), write (until it is durable, the queue included).",
    labels: ["operation"],
  },
  connack_store_requests_waiting: { type: "gauge", help: "Requests that the store's writer has not answered yet." },
  connack_store_requests_refused_total: { type: "counter", help: "Requests refused because too many waited." },
  connack_store_writer_restarts_total: {
    type: "counter",
    help: "How often the store's writer thread was started anew.",
  },
  connack_devices: { type: "gauge", help: "Devices in the registry, services not included.", labels: ["status"] },
  connack_registry_cache_devices: { type: "gauge", help: "Devices kept in memory." },
  connack_registry_cache_hits_total: { type: "counter", help: "Devices found in memory." },
  connack_registry_cache_misses_total: { type: "counter", help: "Devices the store was asked for." },
  connack_registry_cache_evicted_total: {
    type: "counter",
    help: "Devices and client ids that left memory for others.",
  },
  connack_registry_sightings_waiting: { type: "gauge", help: "Devices whose last sighting is not written yet." },
  connack_registry_sightings_dropped_total: { type: "counter", help: "Sightings lost because too many waited." },
  connack_registry_enrolments_waiting: { type: "gauge", help: "New devices that are not written yet." },
  connack_registry_enrolments_refused_total: {
    type: "counter",
    help: "New devices turned away because too many waited.",
  },
  connack_registry_enrolments_failed_total: { type: "counter", help: "New devices the store did not take." },
} as const satisfies Rows;

const audit = {
  connack_audit_state: {
    type: "gauge",
    help: "1 for the state the audit is in, 0 for all others.",
    labels: ["state"],
  },
  connack_audit_events_waiting: { type: "gauge", help: "Events that wait to be written." },
  connack_audit_events_dropped_total: { type: "counter", help: "Events lost before they were written." },
  connack_audit_events_unlisted_total: {
    type: "counter",
    help: "Events that came too fast for lines of their own, and were counted together.",
  },
  connack_audit_rows: { type: "gauge", help: "Events that are kept." },
  connack_audit_bytes: { type: "gauge", help: "Size of the audit on disk, in bytes." },
} as const satisfies Rows;

const credentials = {
  connack_key_info: {
    type: "gauge",
    help: "1 for each key credentials are checked with.",
    labels: ["key", "scheme", "algorithm", "generation", "origin"],
  },
  connack_key_created_timestamp_seconds: {
    type: "gauge",
    help: "When a key was made, in Unix seconds; not known of keys of the configuration.",
    labels: ["key"],
  },
  connack_key_superseded_timestamp_seconds: {
    type: "gauge",
    help: "When the next key of the same scheme was made, in Unix seconds: this one is due to go.",
    labels: ["key"],
  },
  connack_former_password_ends_timestamp_seconds: {
    type: "gauge",
    help: "When the password before the last rotation of a service ends, in Unix seconds; the first 100 to end.",
    labels: ["service"],
  },
  connack_certificate_expires_timestamp_seconds: {
    type: "gauge",
    help: "When the certificate a listener uses ends, in Unix seconds.",
    labels: ["listener"],
  },
} as const satisfies Rows;

const clock = {
  connack_clock_suspected: {
    type: "gauge",
    help: "1 when the tokens of most devices say that this machine's clock is off.",
  },
  connack_clock_jumps_total: {
    type: "counter",
    help: "How often the clock was set by a second or more (forward also: the machine slept).",
    labels: ["direction"],
  },
} as const satisfies Rows;

const ofProcess = {
  connack_event_loop_delay_seconds: {
    type: "histogram",
    help: "How long what arrives at any moment has to wait for the event loop, in seconds.",
  },
  connack_event_loop_active_seconds_total: { type: "counter", help: "Seconds the event loop was busy." },
  connack_event_loop_idle_seconds_total: {
    type: "counter",
    help: "Seconds the event loop waited for something to do.",
  },
  process_cpu_user_seconds_total: { type: "counter", help: "User CPU time of all threads, in seconds." },
  process_cpu_system_seconds_total: { type: "counter", help: "System CPU time of all threads, in seconds." },
  process_start_time_seconds: { type: "gauge", help: "When the process started, in Unix seconds." },
  process_resident_memory_bytes: { type: "gauge", help: "Resident memory, in bytes." },
  process_open_fds: { type: "gauge", help: "Open file descriptors (Linux)." },
  process_max_fds: { type: "gauge", help: "Open file descriptors, at most (Linux)." },
  nodejs_heap_size_total_bytes: { type: "gauge", help: "Size of the JavaScript heap, in bytes." },
  nodejs_heap_size_used_bytes: { type: "gauge", help: "Used part of the JavaScript heap, in bytes." },
  nodejs_external_memory_bytes: { type: "gauge", help: "Memory of objects outside the JavaScript heap, in bytes." },
} as const satisfies Rows;

const embedded = {
  connack_embedded_connected: { type: "gauge", help: "Connections of the embedded broker that were let in." },
  connack_embedded_events_total: {
    type: "counter",
    help: "What happened at the embedded broker, by kind.",
    labels: ["event"],
  },
  connack_embedded_guards_total: {
    type: "counter",
    help: "How often the embedded broker met one of its bounds, or contained a failure.",
    labels: ["guard"],
  },
  connack_embedded_used: {
    type: "gauge",
    help: "What the embedded broker holds just now, of each thing that is bounded.",
    labels: ["of"],
  },
  connack_embedded_limit: {
    type: "gauge",
    help: "The bound of each: connections, offline_sessions, queued_bytes, retained_messages, retained_bytes.",
    labels: ["of"],
  },
} as const satisfies Rows;

const emqx = {
  connack_emqx_up: { type: "gauge", help: "1 when EMQX's API can be used, 0 when not." },
  connack_emqx_pending_devices: {
    type: "gauge",
    help: "Devices that changed and whose connections at EMQX have to be looked at.",
  },
  connack_emqx_connections_ended_total: { type: "counter", help: "Connections that Connack ended at EMQX." },
  connack_emqx_bans: { type: "gauge", help: "Devices that Connack keeps out by a ban at EMQX." },
  connack_emqx_calls_failed_total: {
    type: "counter",
    help: "Calls of EMQX's API that failed although it can be used.",
  },
  connack_emqx_subscribed_total: {
    type: "counter",
    help: "xiaozhi devices by what came of subscribing them: done, gone (not connected any more), dropped.",
    labels: ["result"],
  },
  connack_emqx_subscriptions_waiting: { type: "gauge", help: "xiaozhi devices that wait to be subscribed." },
  connack_broker_events_total: {
    type: "counter",
    help: "Events that brokers told over HTTP, by their kind; other is what is of no interest.",
    labels: ["kind"],
  },
  connack_broker_events_doubled_total: { type: "counter", help: "Events that were told again, and kept once." },
  connack_broker_events_left_out_total: {
    type: "counter",
    help: "Events that were more than are looked at, and not kept.",
  },
} as const satisfies Rows;

/** The metrics by what they are about. */
export const metricGroups: readonly { title: string; rows: Rows }[] = [
  { title: "The service", rows: service },
  { title: "Decisions", rows: decisions },
  { title: "The registry", rows: registry },
  { title: "The audit", rows: audit },
  { title: "Keys, passwords, certificates", rows: credentials },
  { title: "The clock", rows: clock },
  { title: "The process", rows: ofProcess },
  { title: "The embedded broker", rows: embedded },
  { title: "EMQX", rows: emqx },
];

/**
 * Every metric, once: the exposition, docs/metrics.md and the checks of alerts and dashboard come from here. Names follow
 * https://prometheus.io/docs/practices/naming/; those of process and Node.js are the ones that other exporters use.
 * Values of labels come from lists of ours or from what an operator made: no peer can add one.
 */
export const metricTable = {
  ...service,
  ...decisions,
  ...registry,
  ...audit,
  ...credentials,
  ...clock,
  ...ofProcess,
  ...embedded,
  ...emqx,
};

export type MetricName = keyof typeof metricTable;
