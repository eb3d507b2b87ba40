import { quoteWord } from "../operations/quote-word.ts";
import { wrap, wrapLines } from "../terminal/wrap.ts";
import type { LabClient } from "../tls/lab-ca.ts";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { configPath, labOptions, labWarning, makingFiles, readLabOptions, tlsPort } from "./lab-options.ts";
import { paint, printFields, printJson } from "./print.ts";

export const tlsDevClient: Command = {
  name: "tls dev-client",
  summary: "Make a client certificate for a device, signed by the CA of tls dev-ca",
  arguments: [{ name: "<device>", description: "the device's id: the common name of the certificate" }],
  options: labOptions,
  examples: ["connack tls dev-client sensor-1"],
  async run(input, context) {
    const name = input.args[0] ?? "";
    if (!usableName.test(name)) throw new UsageError(`<device> takes ${nameRule}, not ${JSON.stringify(name)}`);
    const options = { ...readLabOptions(input, context), name };
    const { makeLabClient } = await import("../tls/lab-ca.ts");
    const made = await makingFiles(
      () => makeLabClient(options),
      "make the CA with connack tls dev-ca; a certificate that is there is replaced with --force",
    );
    const config = configLines(made);
    const command = tryLine(made, name, tlsPort(context));
    const note = onOtherSchemes(name);
    if (context.json) {
      const { client, ca, validUntil } = made;
      printJson(context, { warning: labWarning, device: name, ca, client, validUntil, config, command, note });
      return exitCodes.ok;
    }
    context.out(`${paint(context, "red", wrap(labWarning))}\n\n`);
    printFields(context, {
      device: name,
      certificate: made.client.certificate,
      key: made.client.key,
      until: made.validUntil.toISOString().slice(0, 10),
    });
    context.out(`\n${whereToAdd}\n\n${config}\n`);
    context.out(`\nTry it:\n${command}\n`);
    context.out(`\n${wrapLines(note)}\n`);
    return exitCodes.ok;
  },
};

/** A common name (RFC 5280, ub-common-name), and the name of two files. */
const usableName = /^[\p{L}\p{N}][\p{L}\p{N} ._:@+=,-]{0,63}$/u;
const nameRule = "1 to 64 letters, digits, spaces and . _ : @ + = , - with a letter or digit in front";

function configLines({ ca }: LabClient): string {
  return [
    "brokers:",
    "  embedded:",
    "    tls:",
    `      clientCaFile: ${JSON.stringify(configPath(ca.certificate))}`,
    "credentials:",
    "  clientCertificate:",
    "    enabled: true",
  ].join("\n");
}

const whereToAdd = wrap(
  "The broker takes it with these lines in connack.yaml, in its brokers: and credentials: sections if there are any:",
);

/** Nobody is looked up: the certificate may be made on another machine. */
function onOtherSchemes(name: string): string {
  return (
    "If the device is registered for other schemes it is refused (scheme_not_allowed). Let it use this one, and name " +
    `each other scheme it may use with a further --scheme:\nconnack device set ${quoteWord(name)} --scheme client-certificate`
  );
}

function tryLine({ ca, client }: LabClient, name: string, port: string): string {
  const tls = ["--cafile", ca.certificate, "--cert", client.certificate, "--key", client.key];
  const words = ["mosquitto_pub", "-d", "-h", "localhost", "-p", port, ...tls, "-i", name, "-q", "1"];
  return [...words, "-t", `devices/${name}/hello`, "-m", "hello"].map(quoteWord).join(" ");
}
