import { exitCodes } from "./command.ts";

/**
 * What happens when output cannot be written. A reader that has seen enough (`| head -1`) is no error: the command ends
 * with the code it has. Anything else, such as a full disk, ends it with 74. `tolerateLoss` is for a service: it goes on.
 */
export function guardOutput(): { tolerateLoss(): void } {
  let needed = true;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!needed) return;
    if (error.code !== "EPIPE") {
      process.stderr.write(`connack: the output cannot be written (${error.code})\n`);
      process.exit(exitCodes.output);
    }
    process.exit();
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    // There is nowhere left to say it; a code that says more stays.
    if (needed && error.code !== "EPIPE") process.exitCode ||= exitCodes.output;
  });
  return {
    tolerateLoss() {
      needed = false;
    },
  };
}
