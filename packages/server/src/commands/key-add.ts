import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { jwsAlgorithms } from "@connack/credentials";
import type { KeySummary } from "../provisioning/key-record.ts";
import { type Command, type CommandContext, type CommandInput, exitCodes, UsageError } from "./command.ts";
import { given, text } from "./option-values.ts";
import { printFields, printJson } from "./print.ts";

const keySchemes = ["xiaozhi-hmac", "jwt"] as const;

export const keyAdd: Command = {
  name: "key add",
  summary: "Add a key: a new one, or one from a file; it is used at once, the others stay",
  options: [
    { flags: "--scheme <scheme>", description: "what it is for", choices: keySchemes },
    {
      flags: "--algorithm <name>",
      description: "for JWT (default: HS256, or what the file says)",
      choices: jwsAlgorithms,
    },
    {
      flags: "--file <path>",
      description: "secret, PEM, JWK or JWKS; - reads standard input (default: make a new key)",
    },
    {
      flags: "--secret-encoding <form>",
      description: "how a JWT secret is written (default: text)",
      choices: ["text", "base64"],
    },
    {
      flags: "--per-device",
      description: "each device signs with a key of its own, which connack key derive makes of this one (HS256)",
    },
    { flags: "--id <id>", description: "name of the key; a JWT may name it as kid" },
  ],
  examples: [
    "connack key add --scheme jwt --algorithm ES256",
    "connack key add --scheme xiaozhi-hmac --file old-signature-key.txt",
    "openssl rand -hex 32 | connack key add --scheme jwt --file -",
  ],
  async run(input, context) {
    const scheme = text(input, "scheme");
    if (scheme === undefined) throw new UsageError("--scheme is needed: xiaozhi-hmac or jwt");
    if (scheme === "xiaozhi-hmac") {
      const unused = [text(input, "algorithm") && "--algorithm", text(input, "secretEncoding") && "--secret-encoding"];
      if (input.options.perDevice === true) unused.push("--per-device");
      const flag = unused.find(Boolean);
      if (flag) throw new UsageError(`${flag} is for jwt: a xiaozhi-hmac key is a text for HMAC-SHA256`);
    }
    const request = given({
      scheme,
      algorithm: text(input, "algorithm"),
      content: await readContent(input, context),
      secretEncoding: text(input, "secretEncoding"),
      perDevice: input.options.perDevice === true ? true : undefined,
      id: text(input, "id"),
    });
    const { keys } = (await context.call("key.add", request)) as { keys: KeySummary[] };
    if (context.json) printJson(context, { keys });
    else
      for (const { id, scheme: kind, algorithm, generation } of keys)
        printFields(context, { key: id, scheme: kind, algorithm, generation: String(generation) });
    return exitCodes.ok;
  },
};

async function readContent(input: CommandInput, context: CommandContext): Promise<string | undefined> {
  const file = text(input, "file");
  if (file === undefined) return undefined;
  if (file === "-") return context.readStdin();
  try {
    const content = readFileSync(file);
    if (isUtf8(content)) return content.toString("utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw new UsageError(`${file} is not text: base64 -w0 ${file} | connack key add … --file - --secret-encoding base64`);
}
