import type { LoadedConfig } from "../config/load-config.ts";
import { type ConfigFile, readConfigFile } from "../xiaozhi/config-file.ts";
import { type Gateway, isGatewayHost, readGateway } from "../xiaozhi/gateway.ts";
import { knownSignatureKeys } from "../xiaozhi/known-signature-keys.ts";
import { planChange, type XiaozhiPlan } from "../xiaozhi/plan-change.ts";
import type { Remark } from "../xiaozhi/remark.ts";
import { type CommandContext, type CommandInput, type CommandOption, UsageError } from "./command.ts";
import { text, wholeNumber } from "./option-values.ts";

export const fileArgument = {
  name: "<file>",
  description: "the server's own configuration, usually data/.config.yaml",
};

export const xiaozhiOptions: readonly CommandOption[] = [
  {
    flags: "--broker <host:port>",
    description: "where devices find the broker (default: xiaozhi.gateway.host and port of connack.yaml)",
  },
  {
    flags: "--form <form>",
    description: "how mqtt_gateway is written where there is none yet: string (upstream) or object (EMQX fork)",
    choices: ["string", "object"],
  },
  { flags: "--udp-port <port>", description: "port for audio; only the form object has it" },
  { flags: "--write-key", description: "put the signature key that Connack issues with into the file" },
];

export interface PreparedPlan {
  file: ConfigFile;
  gateway: Gateway;
  plan: XiaozhiPlan;
}

/** Reads file and configuration and finds what is to be changed; nothing is written. */
export function preparePlan(input: CommandInput, context: CommandContext): PreparedPlan {
  const [name = ""] = input.args;
  const loaded = context.loadConfig();
  const gateway = wantedGateway(input, loaded);
  const file = readConfigFile(name);
  const form = text(input, "form") as "string" | "object" | undefined;
  const keys = knownSignatureKeys(loaded);
  const plan = planChange(file.text, { file: name, gateway, form, keys, writeKey: input.options["writeKey"] === true });
  if (plan.key.toWrite !== undefined && (file.stats.mode & 0o004) !== 0) plan.warnings.push(readableByAll(file));
  return { file, gateway, plan };
}

function readableByAll({ name, path }: ConfigFile): Remark {
  return {
    name: "readable_by_all",
    sentence: `Everybody on this machine can read ${name}, and with it the key that is written into it.`,
    next: `chmod o-rwx ${path}`,
  };
}

function wantedGateway(input: CommandInput, loaded: LoadedConfig): Gateway {
  const broker = text(input, "broker");
  const udpPort = wholeNumber(input, "udpPort", "--udp-port") ?? ownSetting(loaded, "udpPort");
  if (udpPort !== undefined && (udpPort < 1 || udpPort > 65_535)) throw new UsageError("--udp-port is no port");
  const gateway = broker === undefined ? configuredGateway(loaded) : readGateway(broker);
  if (gateway === undefined) {
    throw new UsageError("where do devices find the broker? Give --broker host:port, such as mqtt.example.org:1883");
  }
  if ("problem" in gateway) throw new UsageError(`--broker ${JSON.stringify(broker)} ${gateway.problem}`);
  return { ...gateway, ...(udpPort !== undefined && { udpPort }) };
}

function configuredGateway(loaded: LoadedConfig): Gateway | undefined {
  const host = ownSetting(loaded, "host");
  const port = ownSetting(loaded, "port");
  if (host === undefined || port === undefined || port === 0 || !isGatewayHost(host)) return undefined;
  return { host, port };
}

/** A wish is what stands in Connack's own configuration; what was read from a xiaozhi file is what is there now. */
function ownSetting<Name extends "host" | "port" | "udpPort">(
  { config, sources }: LoadedConfig,
  name: Name,
): LoadedConfig["config"]["xiaozhi"]["gateway"][Name] | undefined {
  const source = sources[`xiaozhi.gateway.${name}`] ?? "default";
  return source.startsWith(`${config.xiaozhi.configFile}:`) ? undefined : config.xiaozhi.gateway[name];
}
