import { type SchemeName, schemeNames } from "@connack/credentials";
import { buffersTooSmall } from "../operations/connect-size.ts";
import type { IssuedCredential } from "../operations/issue-credential.ts";
import { macFromPerson } from "../operations/mac-from-person.ts";
import { wrap, wrapLines } from "../terminal/wrap.ts";
import { type Command, type CommandInput, exitCodes, UsageError } from "./command.ts";
import { hasProgram, howToGetMosquitto } from "./has-program.ts";
import { mosquittoCommand, noteOnBroker } from "./mosquitto-command.ts";
import { given, groupOption, pairs, seconds, text } from "./option-values.ts";
import { paint, printFields, printJson } from "./print.ts";

export const credentialIssue: Command = {
  name: "credential issue",
  summary: "Make a credential for a device: client id, user name, password, and a line to try it",
  arguments: [{ name: "<device>", description: "the device's id; a MAC for xiaozhi-hmac" }],
  options: [
    { flags: "--scheme <scheme>", description: "kind of credential (default: jwt)", choices: schemeNames },
    { flags: "--add", description: "register the device first when it has no entry" },
    groupOption,
    { flags: "--client-id <id>", description: "client id to connect with (default: the device's id)" },
    { flags: "--username <name>", description: "user name to connect with, for a JWT (default: the device's id)" },
    { flags: "--expires-in <time>", description: "life of a JWT, e.g. 15m, 1h, 7d (default: 1h, or maxLifetime)" },
    {
      flags: "--claim <name=value>",
      description: "further claim of a JWT, as text; may be repeated",
      repeatable: true,
    },
    { flags: "--key <id>", description: "key to sign with (default: the newest)" },
    { flags: "--command", description: "print nothing but the mosquitto_pub line" },
  ],
  examples: [
    "connack credential issue sensor-1 --add",
    "connack credential issue aa:bb:cc:dd:ee:ff --scheme xiaozhi-hmac --add",
    "connack credential issue sensor-1 --add --command | sh",
  ],
  async run(input, context) {
    refuseUnused(input);
    const scheme = text(input, "scheme") ?? "jwt";
    const request = given({
      device: deviceMeant(input.args[0] ?? "", scheme),
      scheme,
      add: input.options.add === true ? true : undefined,
      group: text(input, "group"),
      clientId: text(input, "clientId"),
      username: text(input, "username"),
      expiresIn: seconds(input, "expiresIn", "--expires-in"),
      claims: pairs(input, "claim", "--claim"),
      keyId: text(input, "key"),
    });
    const issued = (await context.call("credential.issue", request)) as IssuedCredential;
    const line = mosquittoCommand(issued);
    const onBroker = noteOnBroker(issued.broker);
    const notes = onBroker === undefined ? issued.notes : [...issued.notes, onBroker];
    const missing = hasProgram("mosquitto_pub") ? [] : [howToGetMosquitto];
    if (context.json) printJson(context, { ...issued, command: line });
    else if (input.options.command === true) {
      context.out(`${line}\n`);
      for (const note of [...notes, ...missing]) context.err(`${wrapLines(note, context.errColumns)}\n`);
    } else {
      printFields(context, {
        device: issued.device,
        "client id": issued.clientId,
        "user name": issued.username || "(none)",
        password: issued.password || "(none)",
        key: issued.keyId,
        expires: issued.expiresAt,
      });
      context.out(`\nTry it:\n${line}\n`);
      const small = buffersTooSmall(issued.connectBytes);
      if (small.length > 0) {
        const remark = `Its CONNECT is ${issued.connectBytes} bytes, more than the default buffer of ${small.join(", ")}: enlarge it, or nothing is sent and the state is -1.`;
        context.out(`\n${paint(context, "yellow", wrap(remark))}\n`);
      }
      for (const note of [...notes, ...missing]) context.out(`\n${wrapLines(note)}\n`);
    }
    return exitCodes.ok;
  },
};

/** With a xiaozhi scheme the id is a MAC, in whatever form. */
function deviceMeant(id: string, scheme: string): string {
  return scheme.startsWith("xiaozhi-") ? (macFromPerson(id) ?? id) : id;
}

/** Which schemes use an option; one that would be dropped is refused instead. */
const usedBy: Record<string, { flag: string; schemes: readonly SchemeName[] }> = {
  clientId: { flag: "--client-id", schemes: ["jwt", "password", "client-certificate"] },
  username: { flag: "--username", schemes: ["jwt"] },
  expiresIn: { flag: "--expires-in", schemes: ["jwt"] },
  claim: { flag: "--claim", schemes: ["jwt"] },
  key: { flag: "--key", schemes: ["jwt", "xiaozhi-hmac"] },
};

function refuseUnused(input: CommandInput): void {
  const scheme = (text(input, "scheme") ?? "jwt") as SchemeName;
  for (const [name, { flag, schemes }] of Object.entries(usedBy)) {
    if (input.options[name] !== undefined && !schemes.includes(scheme))
      throw new UsageError(`${flag} means nothing for ${scheme}: leave it out`);
  }
  if (input.options.group !== undefined && input.options.add !== true && scheme !== "xiaozhi-hmac")
    throw new UsageError("--group is for a device that is added: give --add too");
}
