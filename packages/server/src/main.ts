import { CommanderError } from "commander";
import type { Command, CommandInput } from "./commands/command.ts";
import { loadCommands } from "./commands/commands.ts";
import { createContext, type GlobalOptions } from "./commands/create-context.ts";
import { createProgram, parseExit } from "./commands/create-program.ts";
import { guardOutput } from "./commands/guard-output.ts";
import { reportError } from "./commands/report-error.ts";

/** Parses the command line, runs one command, sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077); // whatever we write is the owner's alone
  // Libraries below us would print MQTT packets, passwords included, for DEBUG=*.
  delete process.env.DEBUG;
  const output = guardOutput();
  const json = argv.includes("--json");
  const run = async (command: Command, input: CommandInput, globals: GlobalOptions): Promise<void> => {
    if (command.isService) output.tolerateLoss();
    const context = createContext(globals);
    try {
      process.exitCode = await command.run(input, context);
    } catch (error) {
      process.exitCode = reportError(error, context);
    }
  };
  const program = createProgram(await loadCommands(argv), run, { json });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // No exit here: what was printed may still fail to be written, and that is told by another code.
    process.exitCode = parseExit(error);
  }
}

await main(process.argv.slice(2));
