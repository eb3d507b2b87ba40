import type { houseStatus } from "../open-house.ts";
import { type Command, exitCodes } from "./command.ts";
import { paint, printFields, printJson, wrap } from "./print.ts";

export const status: Command = {
  name: "status",
  summary: "Show listeners, registry, keys and standing warnings",
  options: [],
  examples: ["connack status", "connack status --json | jq .ready"],
  async run(_input, context) {
    const state = (await context.call("status", {})) as Awaited<ReturnType<typeof houseStatus>>;
    if (context.json) printJson(context, state);
    else {
      const counts = Object.entries(state.devices ?? {}).filter(([, count]) => count > 0);
      printFields(context, {
        ready: state.ready ? "yes" : paint(context, "red", "no"),
        ...state.listeners,
        running: state.running ? undefined : "no server runs on this data folder",
        data: state.dataDir,
        registry: state.registry.detail ? `${state.registry.state}: ${state.registry.detail}` : state.registry.state,
        devices: counts.map(([name, count]) => `${count} ${name}`).join(", ") || (state.devices ? "none" : "unknown"),
        keys: state.keys.map((key) => `${key.id} (${key.algorithm})`).join(", "),
      });
      for (const warning of state.warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
    }
    return state.ready ? exitCodes.ok : exitCodes.unavailable;
  },
};
