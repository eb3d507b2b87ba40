import { createContext } from "./commands/create-context.ts";
import { createProgram } from "./commands/create-program.ts";
import { reportError } from "./commands/report-error.ts";

/** Parses the command line, runs one command, sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077); // whatever we write is the owner's alone
  const program = createProgram(async (command, input, globals) => {
    const context = createContext(globals);
    try {
      process.exitCode = await command.run(input, context);
    } catch (error) {
      process.exitCode = reportError(error, context);
    }
  });
  await program.parseAsync([...argv], { from: "user" });
}

await main(process.argv.slice(2));
