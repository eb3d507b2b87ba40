import { profilesFor } from "../authz/profiles.ts";
import type { ServiceCredential } from "../operations/service-add.ts";
import { ruleOptions, rulesFrom } from "./acl-options.ts";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { given, text } from "./option-values.ts";
import { printJson } from "./print.ts";
import { mosquittoLine, printServiceCredential } from "./service-print.ts";

const profiles = profilesFor("service");

export const serviceAdd: Command = {
  name: "service add",
  summary: "Register a service, and make its password: a backend, dashboard or gateway is no device",
  arguments: [{ name: "<name>", description: "its name, which is its user name too" }],
  options: [
    { flags: "--profile <name>", description: "what it may do (default with rules: none)", choices: profiles },
    ...ruleOptions,
  ],
  examples: [
    "connack service add dashboard --profile dashboard",
    "connack service add billing --allow-subscribe 'devices/+/meter'",
  ],
  async run(input, context) {
    const rules = rulesFrom(input);
    const profile = text(input, "profile") ?? (rules && "none");
    if (profile === undefined) throw new UsageError(`what may it do? --profile takes ${profiles.join(", ")}`);
    const request = given({ name: input.args[0], profile, rules });
    const credential = (await context.call("service.add", request)) as ServiceCredential;
    if (context.json) printJson(context, { ...credential, command: mosquittoLine(credential) });
    else printServiceCredential(context, credential);
    return exitCodes.ok;
  },
};
