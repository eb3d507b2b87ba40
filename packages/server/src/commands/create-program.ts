import { Command as Commander, type CommanderError, InvalidArgumentError, Option } from "commander";
import { connackVersion } from "../telemetry/connack-version.ts";
import { wrap, wrapLines } from "../terminal/wrap.ts";
import { type Command, type CommandInput, type ExitCode, exitCodes } from "./command.ts";
import type { GlobalOptions } from "./create-context.ts";
import { errorColumns } from "./print.ts";
import type { Surroundings } from "./surroundings.ts";

export interface ProgramOptions extends Partial<Pick<Surroundings, "stdout" | "stderr">> {
  json?: boolean;
}

type Runner = (command: Command, input: CommandInput, globals: GlobalOptions) => Promise<void>;

/**
 * The command line for these commands. Misspelt commands and options are told as JSON where `json` was
 * asked for. Parsing ends with a `CommanderError` for them, and for `--help` and `--version` too.
 */
export function createProgram(
  commands: readonly Command[],
  run: Runner,
  { json = false, stdout = process.stdout, stderr = process.stderr }: ProgramOptions = {},
): Commander {
  const program = new Commander("connack")
    .description("Device identity for MQTT: issues credentials, answers brokers, explains every refusal.")
    .version(connackVersion(), "-V, --version")
    .helpCommand(false)
    .showHelpAfterError(json ? false : "Next: add --help")
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (message, write) => write(json ? usageErrorJson(message) : usageErrorText(message)),
    })
    .exitOverride()
    .addHelpText(
      "after",
      `\n${wrap(`Exit codes: ${exitCodeText()}`)}\n\nExample:\n  connack serve\n  connack credential issue sensor-1 --add\n\nWhy a device was refused:\n  connack device timeline sensor-1`,
    );
  const groups = new Map<string, Commander>();
  for (const command of commands) addCommand(program, groups, command, run);
  return program;
}

function addCommand(program: Commander, groups: Map<string, Commander>, command: Command, run: Runner): void {
  const words = command.name.split(" ");
  const parent = words.length === 1 ? program : groupOf(program, groups, words[0] as string);
  const built = parent.command(words.at(-1) as string).description(command.summary);
  for (const argument of command.arguments ?? []) built.argument(argument.name, argument.description);
  for (const definition of command.options) built.addOption(buildOption(definition));
  const inOrder: { option: string; value: string }[] = [];
  for (const each of built.options) {
    built.on(`option:${each.name()}`, (value: string) => inOrder.push({ option: each.attributeName(), value }));
  }
  built
    .option("--json", "print JSON")
    .option("--config <file>", "configuration file (default: connack.yaml)")
    .option("--data <folder>", "data folder (default: connack-data)")
    .addHelpText("after", `\nExample:\n${command.examples.map((line) => `  ${line}`).join("\n")}`)
    .action(async () => {
      const { json, config, data, ...options } = built.opts();
      await run(command, { args: built.args, options, inOrder }, { json, config, data });
    });
}

function groupOf(program: Commander, groups: Map<string, Commander>, name: string): Commander {
  const group =
    groups.get(name) ??
    program
      .command(name)
      .description(groupSummaries[name] ?? "")
      .configureHelp({ subcommandTerm })
      .helpCommand(false);
  groups.set(name, group);
  return group;
}

/** Without `[options]`, which all have: what a command does needs the room. */
function subcommandTerm(command: Commander): string {
  const words = command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`));
  return [command.name(), ...words].join(" ");
}

const groupSummaries: Record<string, string> = {
  device: "Register, look up, let in and keep out devices; timeline: why one was refused",
  credential: "Issue a credential, or explain why one is refused",
  key: "List, add and remove the keys credentials are checked with",
  tls: "Make a CA and certificates for a lab",
  acl: "Show, set and try rights: who may publish and subscribe to what",
  service: "Backends, dashboards, gateways: who reads and writes for many devices",
  emqx: "Set up EMQX, prove it by attack, and take it back",
  xiaozhi: "Point a xiaozhi server's devices at this broker, and back",
  token: "Make, list and take away access tokens for the admin API, metrics and dashboard",
  config: "Show, check and apply the configuration",
};

function buildOption(definition: Command["options"][number]): Option {
  const option = new Option(definition.flags, definition.description);
  if (definition.choices && !definition.repeatable) option.choices([...definition.choices]);
  if (definition.repeatable) {
    const choices = definition.choices;
    option.argParser((value: string, all: string[] | undefined) => {
      if (choices && !choices.includes(value))
        throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
      return [...(all ?? []), value];
    });
  }
  return option;
}

/** What the process ends with when parsing did. */
export function parseExit(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}

function usageErrorText(message: string): string {
  return wrapLines(message.replace(/^error:/, "connack:"), errorColumns());
}

/** What commander says, in the form `reportError` gives other errors. */
function usageErrorJson(message: string): string {
  const text = message
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ");
  return `${JSON.stringify({ error: { code: "usage", message: text, next: "add --help" } })}\n`;
}

function exitCodeText(): string {
  return Object.entries(exitCodes)
    .map(([name, code]) => `${code} ${name}`)
    .join(", ");
}
