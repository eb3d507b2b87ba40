import type { houseStatus } from "../house-status.ts";
import { listed, wrap } from "../terminal/wrap.ts";
import { type Command, exitCodes } from "./command.ts";
import { paint, printFields, printJson } from "./print.ts";

type State = Awaited<ReturnType<typeof houseStatus>>;

export const status: Command = {
  name: "status",
  summary: "Show listeners, registry, keys and standing warnings",
  options: [],
  examples: ["connack status", "connack status --json | jq .ready"],
  async run(_input, context) {
    const state = (await context.call("status", {})) as State;
    if (context.json) printJson(context, state);
    else {
      printFields(context, {
        ready: state.ready ? "yes" : "no",
        ...state.listeners,
        running: state.running ? undefined : "no server runs on this data folder",
        data: state.dataDir,
        registry: state.registry.detail
          ? [`${state.registry.state}:`, ...state.registry.detail.split(" ")]
          : state.registry.state,
        audit: auditText(state.audit),
        devices: countsText(state.devices),
        services: countsText(state.services),
        embedded: state.embedded && `${state.embedded.connected} connected`,
        emqx: state.emqx && listed(emqxText(state.emqx)),
        guards: listed(guardsText(state.embedded?.counters ?? {})),
        keys: listed(state.keys.map((key) => `${key.id} (${key.algorithm})`)),
      });
      for (const warning of state.warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
      if (state.embedded) context.out(`${paint(context, "dim", shortNotice)}\n`);
    }
    return state.ready ? exitCodes.ok : exitCodes.unavailable;
  },
};

/** The whole of it is shown at the start, and with --json. */
const shortNotice = "The embedded broker keeps sessions and messages in memory only: for small sites.";

/** Its state where it is not well, how much is kept, what waits, and what was lost. */
function auditText({ state, detail, rows, bytes, dropped, queued }: State["audit"]): string[] {
  const size = rows === undefined ? [] : [`${rows} events`, `${((bytes ?? 0) / 1_048_576).toFixed(1)} MiB`];
  const lost = dropped === 0 ? [] : [`${dropped} not kept one by one since the start`];
  const waiting = state === "ready" || queued === 0 ? [] : [`${queued} waiting to be written`];
  const facts = [...size, ...waiting, ...lost];
  return state === "ready" ? listed(["ready", ...facts]) : [`${state}:`, ...detail.split(" "), ...listed(facts)];
}

/**
 * Whether it can be used, which it is, and when it told something last. A device that was refused is looked at again for
 * some seconds.
 */
function emqxText({ reachable, version, nodes = 1, pending, bans, events }: NonNullable<State["emqx"]>): string[] {
  const known = version === undefined ? [] : [`EMQX ${version}${nodes > 1 ? `, ${nodes} nodes` : ""}`];
  const reach = reachable === undefined ? "not asked yet" : reachable ? "ready" : "not reachable";
  return [
    reach,
    ...known,
    ...(pending > 0 ? [`${pending} changed ${pending === 1 ? "device" : "devices"} to look at`] : []),
    ...(bans > 0 ? [`${bans} kept out by bans`] : []),
    events.lastAt === undefined ? "told nothing yet" : `last event at ${events.lastAt}`,
  ];
}

/** Bounds that were run into since the start, and what was dropped there. */
function guardsText(counters: Record<string, number>): string[] {
  return Object.entries(counters)
    .filter(([name]) => name.startsWith("guard."))
    .map(([name, times]) => `${name.slice("guard.".length)} ${times}`);
}

function countsText(entries: Record<string, number> | undefined): string | string[] {
  if (entries === undefined) return "unknown";
  const counts = Object.entries(entries).filter(([, count]) => count > 0);
  return counts.length === 0 ? "none" : listed(counts.map(([name, count]) => `${count} ${name}`));
}
