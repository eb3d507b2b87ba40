import { managementOptions } from "../brokers/emqx/management/open-management-client.ts";
import { createSchemes } from "../create-schemes.ts";
import { loadTls } from "../load-tls.ts";
import { configuredKeys } from "../provisioning/configured-keys.ts";
import { prepareKey } from "../provisioning/prepare-key.ts";
import { type Command, exitCodes } from "./command.ts";
import { paint, printJson, wrap } from "./print.ts";

export const configCheck: Command = {
  name: "config check",
  summary: "Read configuration and environment, and say what is wrong",
  options: [],
  examples: ["connack config check", "connack config check --config /etc/connack.yaml"],
  async run(_input, context) {
    // Throws ConfigError or RefusedKey, which main reports and ends with 78.
    const loaded = context.loadConfig();
    createSchemes(loaded.config);
    loadTls(loaded);
    if (loaded.config.brokers.emqx.url !== undefined) managementOptions(loaded.config.brokers.emqx);
    const { allowWeakKey } = loaded.config.credentials;
    for (const { record, where } of configuredKeys(loaded, new Date())) prepareKey(record, where, allowWeakKey);
    const { warnings } = loaded;
    if (context.json) printJson(context, { ok: true, warnings });
    else {
      for (const warning of warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
      context.out("configuration is good\n");
    }
    return exitCodes.ok;
  },
};
