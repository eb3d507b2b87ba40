import { join, relative } from "node:path";
import { OperationError } from "../operations/operation.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { LabFilesProblem } from "../tls/lab-files-problem.ts";
import type { CommandContext, CommandInput, CommandOption } from "./command.ts";
import { UsageError } from "./command.ts";
import { text, wholeNumber } from "./option-values.ts";

/** What the commands of the lab CA share. */
export const labOptions: readonly CommandOption[] = [
  { flags: "--dir <folder>", description: "folder of the CA (default: tls in the data folder)" },
  { flags: "--days <number>", description: "how long the certificate is valid (default: 825)" },
  { flags: "--force", description: "replace what is there" },
];

const mostDays = 7_300;

export function readLabOptions(input: CommandInput, context: CommandContext) {
  const days = wholeNumber(input, "days", "--days") ?? 825;
  if (days < 1 || days > mostDays) throw new UsageError(`--days takes a number from 1 to ${mostDays}`);
  const dir = text(input, "dir") ?? join(context.loadConfig().config.dataDir, "tls");
  return { dir, days, force: input.options.force === true, nowMs: Date.now() };
}

/** Runs the making of files; what stands in its way becomes the command's error. */
export async function makingFiles<Made>(make: () => Promise<Made>, next: string): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof LabFilesProblem) throw new OperationError("lab_files", error.message, next);
    throw error;
  }
}

/** As it may stand in the configuration: relative to the working directory where it is below it. */
export function configPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

/** What the data folder and the configuration are found with again, for lines that are pasted. */
export function repeatedFlags(context: CommandContext): string {
  const { config, sources } = context.loadConfig();
  const file = context.configFile === undefined ? "" : ` --config ${quoteWord(context.configFile)}`;
  return sources.dataDir === "command line" ? `${file} --data ${quoteWord(config.dataDir)}` : file;
}

/** The port on which the embedded broker takes MQTT with TLS; a word to replace where it takes any free one (0). */
export function tlsPort(context: CommandContext): string {
  const { port } = context.loadConfig().config.brokers.embedded.tls;
  return port === 0 ? "PORT" : String(port);
}

export const labWarning =
  "FOR A LAB ONLY. Whoever has the key of this CA can pose as your broker and as any of your devices, and nothing can " +
  "take a certificate back. For devices that leave the house use a CA that is kept elsewhere.";
