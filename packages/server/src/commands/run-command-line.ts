import { CommanderError } from "commander";
import { type Command, type CommandInput, type ExitCode, exitCodes } from "./command.ts";
import { loadCommands } from "./commands.ts";
import { createContext, type GlobalOptions } from "./create-context.ts";
import { createProgram, parseExit } from "./create-program.ts";
import { reportError } from "./report-error.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Parses the words of a command line and runs one command.
 * @param onCommand told which one, before it runs
 * @returns the exit code
 */
export async function runCommandLine(
  argv: readonly string[],
  surroundings: Surroundings,
  onCommand: (command: Command) => void = () => {},
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const run = async (command: Command, input: CommandInput, globals: GlobalOptions): Promise<void> => {
    onCommand(command);
    const context = createContext(globals, surroundings);
    try {
      code = await command.run(input, context);
    } catch (error) {
      code = reportError(error, context);
    }
  };
  const { stdout, stderr } = surroundings;
  const program = createProgram(await loadCommands(argv), run, { json: argv.includes("--json"), stdout, stderr });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = parseExit(error);
  }
  return code;
}
