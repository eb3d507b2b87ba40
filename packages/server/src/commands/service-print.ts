import { quoteWord } from "../operations/quote-word.ts";
import type { ServiceCredential } from "../operations/service-add.ts";
import type { ServiceView } from "../operations/service-view.ts";
import { listed, wrapLines } from "../terminal/wrap.ts";
import { ruleText } from "./acl-rule-text.ts";
import type { CommandContext } from "./command.ts";
import { hasProgram, howToGetMosquitto } from "./has-program.ts";
import { addressWords, noteOnBroker } from "./mosquitto-command.ts";
import { paint, printFields, wrap } from "./print.ts";

/** One service, for people. */
export function printService(context: CommandContext, service: ServiceView): void {
  const { lastRefusal, lastSeenAt } = service;
  printFields(context, {
    service: service.name,
    status: service.status,
    profile: service.profile,
    "own rules": listed(service.rules.map(ruleText)),
    "client ids": listed(service.clientIds),
    added: service.createdAt,
    "first seen": service.firstSeenAt,
    "last seen": lastSeenAt,
    "last address": service.lastAddress,
    "last refused": lastRefusal && `${lastRefusal.at}  ${lastRefusal.reason}`,
    "former password": service.formerPasswordUntil && `holds until ${service.formerPasswordUntil}`,
  });
  if (lastRefusal && !(lastSeenAt !== undefined && lastSeenAt > lastRefusal.at)) {
    context.out(`${wrap(lastRefusal.sentence, "  ")}\n${wrap(`Fix: ${lastRefusal.fix}`, "  ")}\n`);
  }
}

/** What a service connects with: its password is shown this once. */
export function printServiceCredential(context: CommandContext, credential: ServiceCredential): void {
  const { service, username, password, clientId, broker } = credential;
  for (const warning of credential.warnings) context.out(`${paint(context, "red", wrap(`WARNING: ${warning}`))}\n\n`);
  printFields(context, {
    service: service.name,
    status: service.status === "active" ? undefined : service.status,
    profile: service.profile,
    "user name": username,
    password,
    "client id": clientId,
    "former password": service.formerPasswordUntil && `holds until ${service.formerPasswordUntil}`,
  });
  context.out("The password is shown this once and kept only as a hash.\n");
  const line = mosquittoLine(credential);
  if (line === undefined) {
    context.out(
      `\n${wrap("It may neither read nor write anything yet. Give it rights:")}\nconnack acl set ${quoteWord(service.name)} --profile dashboard\n`,
    );
    return;
  }
  context.out(`\nTry it:\n${line}\n`);
  const onBroker = noteOnBroker(broker);
  if (onBroker !== undefined) context.out(`\n${wrap(onBroker)}\n`);
  if (!hasProgram("mosquitto_sub")) context.out(`\n${wrapLines(howToGetMosquitto)}\n`);
}

/** Reads what the service may read, or else publishes; safe to paste into a POSIX shell. `undefined` if it may neither. */
export function mosquittoLine({
  username,
  password,
  clientId,
  broker,
  reads,
  writes,
}: ServiceCredential): string | undefined {
  const program = reads !== undefined ? "mosquitto_sub" : "mosquitto_pub";
  const what = reads !== undefined ? ["-t", reads, "-v"] : ["-q", "1", "-t", writes ?? "", "-m", "hello"];
  if (reads === undefined && writes === undefined) return undefined;
  const words = [program, ...addressWords(broker), "-i", clientId, "-u", username, "-P", password];
  return [...words, ...what].map(quoteWord).join(" ");
}
