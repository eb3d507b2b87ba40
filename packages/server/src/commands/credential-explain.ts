import { looksLikeJwt } from "@connack/credentials/verify";
import type { Explanation } from "../operations/explain-credential.ts";
import { jsonPieces, wrap } from "../terminal/wrap.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { given, text } from "./option-values.ts";
import { paint, printFields, printJson } from "./print.ts";

export const credentialExplain: Command = {
  name: "credential explain",
  summary: "Decide about a credential as for a CONNECT, without one, and show each step",
  arguments: [{ name: "[password]", description: "a JWT or another password; - reads it from standard input" }],
  options: [
    { flags: "--client-id <id>", description: "client id as the device sends it" },
    { flags: "--username <name>", description: "user name as the device sends it" },
  ],
  examples: [
    "connack credential explain - < token.txt",
    "connack credential explain - --client-id s1 --username s1 < password.txt",
  ],
  async run(input, context) {
    const [word] = input.args;
    if (word === undefined)
      throw new UsageError("no credential given: pass a JWT, or - and the password on standard input");
    const password = word === "-" ? (await context.readStdin()).replace(/\r?\n$/, "") : word;
    const names = given({ clientId: text(input, "clientId"), username: text(input, "username") });
    if (password === "") throw new UsageError("standard input was empty");
    if (!looksLikeJwt(password) && (names.clientId === undefined || names.username === undefined))
      throw new UsageError("this is no JWT, so nothing tells whose it is: give --client-id and --username");
    const request = { password, ...names };
    const explanation = (await context.call("credential.explain", request)) as Explanation;
    if (context.json) printJson(context, explanation);
    else printExplanation(context, explanation);
    return explanation.result === "allow" ? exitCodes.ok : exitCodes.refused;
  },
};

const marks = { passed: ["+", "green"], failed: ["x", "red"], "not reached": [".", "dim"] } as const;

function printExplanation(context: CommandContext, explanation: Explanation): void {
  for (const step of explanation.steps) {
    const [mark, colour] = marks[step.state];
    context.out(
      `${paint(context, colour, `${mark} ${step.name}${step.state === "not reached" ? " (not reached)" : ""}`)}\n`,
    );
  }
  context.out("\n");
  if (explanation.result === "deny") {
    context.out(`${paint(context, "red", "refused")}  ${explanation.reason}\n`);
    context.out(`${wrap(`${explanation.sentence} (${explanation.detail})`)}\n`);
    context.out(`${wrap(`Fix: ${explanation.fix}`)}\n`);
  } else context.out(`${paint(context, "green", "allowed")}\n`);
  // That it has expired, and when, the reason says already.
  const isExpired = explanation.reason === "token_expired";
  const hints = explanation.hints.filter((hint) => !isExpired || hint.code !== "expired_ago");
  for (const hint of hints) context.out(`${wrap(`Hint: ${hint.text}`)}\n`);
  for (const note of explanation.notes) context.out(`${wrap(`Note: ${note}`)}\n`);
  const { token } = explanation;
  context.out("\n");
  printFields(context, {
    scheme: explanation.scheme,
    device: explanation.deviceId,
    "cut at": explanation.expiresAt,
    "token header": token?.header && jsonPieces(token.header),
    "token claims": token?.payload && jsonPieces(token.payload),
    "token issued": token?.issued,
    "token expires": isExpired ? undefined : token?.expires,
  });
}
