import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FileFormat, fileFormats, renderFiles } from "../brokers/emqx/files/render-files.ts";
import { ownAddress } from "../config/derive-settings.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";
import { type Command, type CommandInput, exitCodes, UsageError } from "./command.ts";
import { checkEmqxFile } from "./emqx-config-check.ts";
import { desiredInput } from "./emqx-session.ts";
import { noDataFolder } from "./no-data-folder.ts";
import { given, text } from "./option-values.ts";
import { printJson, wrap } from "./print.ts";

export const emqxConfig: Command = {
  name: "emqx config",
  summary: "Write what EMQX shall be as its configuration file or variables, or check such a file",
  options: [
    { flags: "--format <format>", description: "how it is written (default: hocon)", choices: fileFormats },
    { flags: "--out <file>", description: "write it to a new file, with our secrets, readable for you alone" },
    { flags: "--force", description: "replace the file of --out" },
    { flags: "--show-secrets", description: "print our secrets too, instead of names in their place" },
    { flags: "--emqx <version>", description: "version of EMQX it is for, e.g. 5.7 (default: 5.8)" },
    {
      flags: "--check <file>",
      description: "look through a file or API body of EMQX for a wrong JWT authenticator; - reads standard input",
    },
  ],
  examples: [
    "connack emqx config --out emqx-connack.conf",
    "connack emqx config --format compose",
    "connack emqx config --check emqx.conf",
  ],
  async run(input, context) {
    const checked = text(input, "check");
    if (checked !== undefined) return checkEmqxFile(context, checked);
    const { config, sources } = context.loadConfig();
    const dataFolder = dataFolderPath(config.dataDir);
    if (!existsSync(join(dataFolder, "instance.json"))) throw noDataFolder(dataFolder);
    const out = text(input, "out");
    const format = (text(input, "format") ?? "hocon") as FileFormat;
    const showSecrets = out !== undefined || input.options["showSecrets"] === true;
    const made = desiredInput(config, dataFolder);
    const emqx = { ...made.emqx, connackUrl: ownAddress(config, sources) };
    // A file cannot hold the certificate itself: EMQX reads it from where the file says.
    const connackCa = emqx.connackCaFile;
    const wanted = { ...made, emqx, asksPerTopic: asksPerTopic(input), ...(connackCa !== undefined && { connackCa }) };
    const content = renderFiles(wanted, { format, showSecrets });
    if (out !== undefined) {
      if (existsSync(out) && input.options["force"] !== true) {
        throw new UsageError(`${out} is there already: name another file, or replace it with --force`);
      }
      await writeFileDurably(out, content);
    }
    const isPrinted = out === undefined;
    if (context.json) {
      printJson(context, given({ format, secrets: showSecrets, file: out, content: isPrinted ? content : undefined }));
    } else if (isPrinted) context.out(content);
    else context.out(`${wrap(`${out} is written, and holds secrets: give it to EMQX as its first lines say.`)}\n`);
    return exitCodes.ok;
  },
};

/** EMQX 5.7 takes no rights with the answer to a CONNECT. */
function asksPerTopic(input: CommandInput): boolean {
  const version = text(input, "emqx") ?? "5.8";
  const [, major, minor] = /^v?(\d+)\.(\d+)(\.\d+)?$/.exec(version) ?? [];
  if (major === undefined) throw new UsageError(`--emqx takes a version such as 5.8 or 5.8.4, not ${version}`);
  const number = Number(major) * 1000 + Number(minor);
  if (number < 5007) throw new UsageError(`--emqx ${version}: EMQX 5.7 is the oldest that can be set up`);
  return number === 5007;
}
