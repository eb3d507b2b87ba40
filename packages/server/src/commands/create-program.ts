import { readFileSync } from "node:fs";
import { Command as Commander, InvalidArgumentError, Option } from "commander";
import { type Command, type CommandInput, exitCodes } from "./command.ts";
import { commands } from "./commands.ts";
import type { GlobalOptions } from "./create-context.ts";

type Runner = (command: Command, input: CommandInput, globals: GlobalOptions) => Promise<void>;

/**
 * The command line, built from the list of commands. Misspelt commands and options end with code 2, and are told as
 * JSON where `json` was asked for.
 */
export function createProgram(run: Runner, { json = false }: { json?: boolean } = {}): Commander {
  const program = new Commander("connack")
    .description("Device identity for MQTT: issues credentials, answers brokers, explains every refusal.")
    .version(version(), "-V, --version")
    .helpCommand(false)
    .showHelpAfterError(json ? false : "(--help shows what there is)")
    .configureOutput({ outputError: (message, write) => write(json ? usageErrorJson(message) : message) })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
    })
    .addHelpText(
      "after",
      `\nExit codes: ${exitCodeText()}\n\nExample:\n  connack serve\n  connack credential issue sensor-1 --add`,
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
  built
    .option("--json", "print JSON")
    .option("--config <file>", "configuration file (default: connack.yaml)")
    .option("--data <folder>", "data folder (default: connack-data)")
    .addHelpText("after", `\nExample:\n${command.examples.map((line) => `  ${line}`).join("\n")}`)
    .action(async () => {
      const { json, config, data, ...options } = built.opts();
      await run(command, { args: built.args, options }, { json, config, data });
    });
}

function groupOf(program: Commander, groups: Map<string, Commander>, name: string): Commander {
  const group =
    groups.get(name) ??
    program
      .command(name)
      .description(groupSummaries[name] ?? "")
      .helpCommand(false);
  groups.set(name, group);
  return group;
}

const groupSummaries: Record<string, string> = {
  device: "Register, look up, let in and keep out devices",
  credential: "Issue a credential, or explain why one is refused",
  key: "List and add the keys credentials are checked with",
  config: "Show and check the configuration",
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

function version(): string {
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
}
