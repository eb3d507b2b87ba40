import { type CommandContext, type CommandInput, UsageError } from "./command.ts";

/** The password that the options ask for; secrets come through standard input, never through the command line. */
export async function readPassword(input: CommandInput, context: CommandContext) {
  const { passwordStdin, passwordHashStdin } = input.options;
  if (passwordStdin && passwordHashStdin)
    throw new UsageError("--password-stdin and --password-hash-stdin exclude each other");
  if (!passwordStdin && !passwordHashStdin) return undefined;
  const value = (await context.readStdin()).replace(/\r?\n$/, "");
  if (value === "") throw new UsageError("standard input was empty");
  return passwordStdin ? { text: value } : { hash: value.trim() };
}
