import { type Command, exitCodes } from "../packages/server/src/commands/command.ts";
import { loadAllCommands } from "../packages/server/src/commands/commands.ts";

const commands = await loadAllCommands();

/** docs/command-line.md, from the list of commands. */
export function renderCommandLineDoc(): string {
  return `# Command line

Generated from \`packages/server/src/commands/\`; do not edit.

\`npx connack <command>\` in a clone. Every command takes \`--json\`, \`--config <file>\`, \`--data <folder>\` and \`--help\`.
A command talks to the running server through its socket in the data folder; where none runs, it works on the data
folder itself. There is never more than one writer. Only \`serve\` and commands that add something (\`device add\`, \`service add\`,
\`key add\`, \`credential issue --add\`) make a data folder; any other ends with 78 where there is none.

## Exit codes

| code | meaning |
| --- | --- |
${Object.entries(exitCodes)
  .map(([name, code]) => `| ${code} | ${exitMeanings[name as keyof typeof exitCodes]} |`)
  .join("\n")}

${commands.map(renderCommand).join("\n\n")}
`;
}

const exitMeanings: Record<keyof typeof exitCodes, string> = {
  ok: "done; for `credential explain`: allowed",
  refused: "the answer is no: a refused credential, an operation the state does not allow",
  usage:
    "the command line is wrong; for `emqx plan` and `xiaozhi plan`, with something on standard output: there are changes to make",
  unavailable: "nothing to talk to: server, registry, file or port not available",
  internal: "a defect of Connack",
  output: "what was to be printed could not be written, e.g. the disk is full",
  configuration: "configuration, keys or data folder are not as they must be",
};

function describe({ description, choices, repeatable }: Command["options"][number]): string {
  return choices && !repeatable ? `${description}; one of ${choices.join(", ")}` : description;
}

function renderCommand(command: Command): string {
  const words = ["connack", command.name, ...(command.arguments ?? []).map((argument) => argument.name)];
  const rows = [
    ...(command.arguments ?? []).map((argument) => [argument.name, argument.description]),
    ...command.options.map((option) => [option.flags, describe(option)]),
  ];
  const table = rows
    .map(([name, description]) => `| \`${name}\` | ${(description ?? "").replaceAll("|", "\\|")} |`)
    .join("\n");
  return `## ${command.name}

${command.summary}.

\`\`\`
${words.join(" ")}
\`\`\`
${rows.length > 0 ? `\n| argument or option | meaning |\n| --- | --- |\n${table}\n` : ""}
Examples:

\`\`\`
${command.examples.join("\n")}
\`\`\``;
}
