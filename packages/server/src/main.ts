import { guardOutput } from "./commands/guard-output.ts";
import { runCommandLine } from "./commands/run-command-line.ts";

/** Runs one command with the process around it, sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077); // whatever we write is the owner's alone
  // Libraries below us would print MQTT packets, passwords included, for DEBUG=*.
  delete process.env.DEBUG;
  const output = guardOutput();
  // No exit here: what was printed may still fail to be written, and that is told by another code.
  process.exitCode = await runCommandLine(argv, process, (command) => {
    if (command.isService) output.tolerateLoss();
  });
}

await main(process.argv.slice(2));
