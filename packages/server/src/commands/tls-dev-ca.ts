import { isIP } from "node:net";
import { isHostName } from "../config/config-leaf.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { wrap } from "../terminal/wrap.ts";
import type { LabServer } from "../tls/lab-ca.ts";
import { type Command, type CommandContext, type CommandInput, exitCodes, UsageError } from "./command.ts";
import {
  configPath,
  labOptions,
  labWarning,
  makingFiles,
  readLabOptions,
  repeatedFlags,
  tlsPort,
} from "./lab-options.ts";
import { texts } from "./option-values.ts";
import { paint, printFields, printJson } from "./print.ts";

export const tlsDevCa: Command = {
  name: "tls dev-ca",
  summary: "Make a CA and a server certificate for a lab, and print what to flash into an ESP32",
  options: [
    {
      flags: "--host <name or address>",
      description: "what devices call this broker, beside localhost and this machine's name; may be repeated",
      repeatable: true,
    },
    ...labOptions,
    { flags: "--keep-ca", description: "sign with the CA that is there: devices need nothing new" },
  ],
  examples: [
    "connack tls dev-ca --host 192.168.1.10",
    "connack tls dev-ca --host 192.168.1.10 --host broker.local --keep-ca",
  ],
  async run(input, context) {
    const hosts = readHosts(input);
    const keepCa = input.options.keepCa === true;
    const options = { ...readLabOptions(input, context), hosts, keepCa };
    // Loaded only here: to make certificates takes two libraries.
    const { makeLabServer } = await import("../tls/lab-ca.ts");
    const made = await makingFiles(
      () => makeLabServer(options),
      keepCa
        ? "leave out --keep-ca, and a CA is made"
        : "for a new server certificate of the same CA add --keep-ca; with --force all is made anew, and every device needs the new CA",
    );
    const config = configLines(made, hosts);
    const command = tryLine(made, context);
    if (context.json) {
      const { ca, server, caPem, validUntil } = made;
      printJson(context, { warning: labWarning, ca, server, hosts: made.hosts, validUntil, caPem, config, command });
      return exitCodes.ok;
    }
    context.out(`${paint(context, "red", wrap(labWarning))}\n\n`);
    printFields(context, {
      CA: `${made.ca.certificate}, its key ${made.ca.key}`,
      server: `${made.server.certificate}, its key ${made.server.key}`,
      for: made.hosts.map((host, index) => (index === made.hosts.length - 1 ? host : `${host},`)),
      until: made.validUntil.toISOString().slice(0, 10),
    });
    context.out(`\n${whereToAdd}\n\n${config}\n`);
    context.out(`\nFlash into the ESP32 what it checks the broker with:\n\n${cLiteral("connack_ca", made.caPem)}\n`);
    context.out(`\nTry it, once connack runs with these lines:\n${command}\n`);
    return exitCodes.ok;
  },
};

/** A second section of the same name is an error of YAML. */
const whereToAdd = wrap("Add to connack.yaml, into its brokers: section if there is one, and start connack again:");

function readHosts(input: CommandInput): string[] {
  const hosts = texts(input, "host") ?? [];
  const wrong = hosts.find((host) => isIP(host) === 0 && !isHostName(host));
  if (wrong !== undefined) throw new UsageError(`--host takes a name or an IP address, not ${JSON.stringify(wrong)}`);
  return hosts;
}

/** With hosts of the network, devices on other machines are meant: the doors open, those without TLS close. */
function configLines({ ca, server }: LabServer, hosts: readonly string[]): string {
  const isForOthers = hosts.some((host) => !/^(localhost|127\.[\d.]+|::1)$/.test(host));
  const path = (file: string) => JSON.stringify(configPath(file));
  return [
    "brokers:",
    "  embedded:",
    ...(isForOthers
      ? [
          "    host: 0.0.0.0 # devices come from other machines",
          "    tcp: false # and only with TLS; connack sub and connack pub need a plain listener",
          "    webSocket: { enabled: false }",
        ]
      : []),
    "    tls:",
    `      certificateFile: ${path(server.certificate)}`,
    `      keyFile: ${path(server.key)}`,
    `      # for client certificates, see connack tls dev-client:`,
    `      # clientCaFile: ${path(ca.certificate)}`,
  ].join("\n");
}

/** The credential's own line, with the address and the CA put behind it: the last of an option counts. */
function tryLine({ ca }: LabServer, context: CommandContext): string {
  const issue = `npx connack credential issue sensor-1 --add --command${repeatedFlags(context)}`;
  return `sh -c "$(${issue}) -h localhost -p ${tlsPort(context)} --cafile ${quoteWord(ca.certificate)}"`;
}

function cLiteral(name: string, pem: string): string {
  const lines = pem.trimEnd().split("\n");
  return [`static const char ${name}[] =`, ...lines.map((line) => `  "${line}\\n"`)].join("\n").concat(";");
}
