import { readFile, stat } from "node:fs/promises";
import { checkFile, type FileChecked } from "../brokers/emqx/files/check-file.ts";
import { HoconProblem } from "../brokers/emqx/files/parse-hocon.ts";
import { rightJwtBody } from "../brokers/emqx/management/explain-wrong-jwt.ts";
import { type CommandContext, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { paint, printJson, wrap } from "./print.ts";

const longest = 1024 * 1024;

/** `connack emqx config --check <file>`: says what is wrong with it; 1 where something is. */
export async function checkEmqxFile(context: CommandContext, file: string): Promise<ExitCode> {
  const name = file === "-" ? "standard input" : file;
  const checked = check(file === "-" ? await context.readStdin() : await read(file), name);
  const right = checked.findings.length > 0 ? { right: rightJwtBody } : {};
  if (context.json) printJson(context, { file, ...checked, ...right });
  else print(context, name, checked);
  return checked.findings.length === 0 ? exitCodes.ok : exitCodes.refused;
}

async function read(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > longest)
      throw new UsageError(`${file} is longer than 1 MiB: name EMQX's configuration, or a body for its API`);
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR") throw new UsageError(`${file} is no file`);
    throw error;
  }
}

function check(text: string, file: string): FileChecked {
  try {
    return checkFile(text);
  } catch (error) {
    if (!(error instanceof HoconProblem)) throw error;
    throw new UsageError(`${file}: line ${error.line}: ${error.message}: neither JSON nor HOCON`);
  }
}

function print(context: CommandContext, file: string, { findings, authenticators, setsChain }: FileChecked): void {
  for (const { place, mistakes } of findings) {
    context.out(`${paint(context, "red", wrap(`${file}: ${place} is not as EMQX 5.8 wants it:`))}\n`);
    for (const mistake of mistakes) context.out(`${wrap(mistake, "    ")}\n`);
    context.out("\n");
  }
  if (findings.length > 0) {
    context.out(`A JWT authenticator looks like this:\n\n${JSON.stringify(rightJwtBody, null, 2)}\n\n`);
    context.out(
      `${wrap("Next: change it so; or let Connack write it: brokers.emqx.jwt.enabled, then connack emqx config")}\n`,
    );
  } else if (authenticators === 0) context.out(`${wrap(`${file}: no authenticator is in it.`)}\n`);
  else
    context.out(
      `${wrap(`${file}: no mistake found in ${authenticators === 1 ? "1 authenticator" : `${authenticators} authenticators`}.`)}\n`,
    );
  if (setsChain) context.out(`${paint(context, "dim", wrap(winsNote))}\n`);
}

const winsNote =
  "The file sets the whole chain (authentication). In emqx.conf that wins at every start of EMQX over what connack emqx " +
  "apply or the dashboard changed; in base.hocon (since 5.8.4) it does not.";
