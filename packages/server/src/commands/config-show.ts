import { showConfig } from "../config/show-config.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson, printTable, wrap } from "./print.ts";

export const configShow: Command = {
  name: "config show",
  summary: "Show every setting, its value and where it comes from; secrets are masked",
  options: [{ flags: "--all", description: "also settings that have their default" }],
  examples: ["connack config show", "connack config show --all --json | jq '.settings[].key'"],
  async run(input, context) {
    const loaded = context.loadConfig();
    const settings = showConfig(loaded).filter((setting) => input.options.all === true || setting.source !== "default");
    if (!context.json) for (const warning of loaded.warnings) context.err(`${wrap(`Warning: ${warning}`)}\n`);
    if (context.json) printJson(context, { settings, warnings: loaded.warnings });
    else if (settings.length === 0) context.out("every setting has its default; --all shows them\n");
    else {
      const rows = settings.map(({ key, value, source }) => [
        key,
        typeof value === "string" ? value : (JSON.stringify(value) ?? ""),
        source,
      ]);
      printTable(context, ["SETTING", "VALUE", "FROM"], rows);
    }
    return exitCodes.ok;
  },
};
