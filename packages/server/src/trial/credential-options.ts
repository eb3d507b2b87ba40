import { resolve } from "node:path";
import { parseXiaozhiClientId } from "@connack/credentials";
import { looksLikeJwt } from "@connack/credentials/verify";
import { type CommandContext, type CommandInput, type CommandOption, UsageError } from "../commands/command.ts";
import { given, pairs, seconds, text } from "../commands/option-values.ts";
import { readTextFile } from "../config/read-text-file.ts";
import type { IssuedCredential } from "../operations/issue-credential.ts";
import { macFromPerson } from "../operations/mac-from-person.ts";
import { readTokenUnproven } from "../operations/read-token-unproven.ts";
import { type CredentialSource, fromIssued, type TrialCredential } from "./credential-source.ts";
import { ownClaims, selfMadeJwt } from "./self-made-jwt.ts";

/** What connects as a device does, and how: for every command that does. */
export const credentialOptions: readonly CommandOption[] = [
  { flags: "--device <id>", description: "connect as this device, with a credential made for it now" },
  {
    flags: "--scheme <scheme>",
    description: "kind of credential that Connack makes (default: jwt)",
    choices: ["jwt", "xiaozhi-hmac", "xiaozhi-unsigned"],
  },
  {
    flags: "--jwt-secret-file <file>",
    description: "make an HS256 token for --device here, with this secret, as devices with a shared one do",
  },
  { flags: "--claim <name=value>", description: "claim of a token that is made; may be repeated", repeatable: true },
  { flags: "--expires-in <time>", description: "life of a token that is made, e.g. 15m (default: 1h)" },
  { flags: "--client-id <id>", description: "client id (default: the device's id, or sub of the token)" },
  { flags: "--username <name>", description: "user name (default: as for --client-id)" },
  { flags: "--password-stdin", description: "read a password or token that is there already from standard input" },
  { flags: "--password-file <file>", description: "read it from this file" },
];

/** What the options say to connect with. Throws `UsageError` for what does not go together. */
export async function readCredentialSource(input: CommandInput, context: CommandContext): Promise<CredentialSource> {
  const { device, jwtSecretFile } = input.options;
  const isGiven = input.options.passwordStdin === true || input.options.passwordFile !== undefined;
  if (isGiven || (input.options.cert !== undefined && device === undefined)) {
    refuse(input, ["device", "scheme", "jwtSecretFile", "claim", "expiresIn"], "a credential that is given");
    return givenSource(input, context, isGiven);
  }
  if (device === undefined) throw nothingGiven(jwtSecretFile !== undefined);
  if (jwtSecretFile === undefined) return issuedSource(input, context);
  refuse(input, ["scheme"], "--jwt-secret-file, which makes a JWT");
  return selfMadeSource(input);
}

function nothingGiven(hasSecret: boolean): UsageError {
  if (hasSecret) return new UsageError("--jwt-secret-file needs the device that the token is for: --device <id>");
  return new UsageError(
    "nothing to connect with: give --device <id> and Connack makes a credential, --jwt-secret-file <file> with --device, or --client-id, --username and --password-file <file>",
  );
}

const flags: Record<string, string> = {
  device: "--device",
  scheme: "--scheme",
  jwtSecretFile: "--jwt-secret-file",
  claim: "--claim",
  expiresIn: "--expires-in",
  username: "--username",
  clientId: "--client-id",
};

function refuse(input: CommandInput, names: string[], because: string): void {
  const name = names.find((each) => input.options[each] !== undefined);
  if (name !== undefined) throw new UsageError(`${flags[name]} means nothing for ${because}: leave it out`);
}

async function givenSource(input: CommandInput, context: CommandContext, isGiven: boolean): Promise<CredentialSource> {
  const password = isGiven ? await readPassword(input, context) : "";
  const names = namesFor(input, password);
  const credential: TrialCredential = { ...names, password };
  const name = !isGiven ? "client certificate" : looksLikeJwt(password) ? "given token" : "given password";
  return { name, kind: "given", needsClock: false, get: async () => credential };
}

/** The names to go with a password, and how they were found. */
function namesFor(input: CommandInput, password: string): Omit<TrialCredential, "password"> {
  const nowMs = Date.now();
  const payload = looksLikeJwt(password) ? readTokenUnproven(password, nowMs)?.payload : undefined;
  const subject = typeof payload?.["sub"] === "string" && payload["sub"] !== "" ? payload["sub"] : undefined;
  const given = { clientId: text(input, "clientId"), username: text(input, "username") };
  const clientId = given.clientId ?? subject;
  if (clientId === undefined) throw new UsageError("nothing tells who connects: give --client-id");
  const username = given.username ?? subject ?? (password === "" ? "" : undefined);
  if (username === undefined)
    throw new UsageError("a password needs a user name with it (MQTT 3.1.1 §3.1.2.9): give --username");
  const missing = (["clientId", "username"] as const).filter((name) => given[name] === undefined);
  const words = missing.map((name) => (name === "clientId" ? "client id" : "user name")).join(" and ");
  const notes = subject === undefined || missing.length === 0 ? [] : [`No ${words} given: sub of the token stands in.`];
  const exp = payload?.["exp"];
  return {
    clientId,
    username,
    ...(typeof exp === "number" && exp > 0 && exp < 1e11 && { expiresAt: exp }),
    ...deviceOf(clientId, username, subject),
    notes,
  };
}

/** Whom Connack takes such a login for: the MAC of a xiaozhi client id, sub of a token, a user name. */
function deviceOf(clientId: string, username: string, subject: string | undefined): { deviceId?: string } {
  const mac = clientId.includes("@@@") ? parseXiaozhiClientId(clientId)?.mac : undefined;
  const deviceId = mac ?? subject ?? (looksLikeJwt(username) ? "" : username);
  return deviceId === "" ? {} : { deviceId };
}

async function readPassword(input: CommandInput, context: CommandContext): Promise<string> {
  const file = text(input, "passwordFile");
  if (file !== undefined && input.options.passwordStdin === true)
    throw new UsageError("--password-stdin and --password-file exclude each other");
  const from = file === undefined ? "standard input" : `--password-file: ${file}`;
  const value = file === undefined ? await context.readStdin() : readSecret("--password-file", file);
  return checkSecret(value.replace(/\r?\n$/, ""), from);
}

function checkSecret(value: string, from: string): string {
  if (value === "") throw new UsageError(`${from} is empty`);
  if (/[\r\n\0]/.test(value)) throw new UsageError(`${from} holds more than one line`);
  return value;
}

function readSecret(flag: string, file: string): string {
  const content = readTextFile(resolve(file));
  if (!content.found) throw new UsageError(`${flag}: ${file} ${content.problem}`);
  return content.text;
}

function issuedSource(input: CommandInput, context: CommandContext): CredentialSource {
  const scheme = text(input, "scheme") ?? "jwt";
  if (scheme !== "jwt") refuse(input, ["claim", "expiresIn", "username", "clientId"], scheme);
  const device = deviceMeant(input, scheme);
  const claims = claimsOf(input);
  const request = given({
    device,
    scheme,
    clientId: text(input, "clientId"),
    username: text(input, "username"),
    expiresIn: lifeOf(input),
    claims,
  });
  return {
    name: `${scheme} credential made by Connack`,
    kind: "made by Connack",
    needsClock: false,
    get: async () => fromIssued((await context.call("credential.issue", request)) as IssuedCredential),
  };
}

function selfMadeSource(input: CommandInput): CredentialSource {
  const file = text(input, "jwtSecretFile") ?? "";
  const secret = checkSecret(readSecret("--jwt-secret-file", file).replace(/\r?\n$/, ""), `--jwt-secret-file: ${file}`);
  const device = deviceMeant(input, "jwt");
  return selfMadeJwt({
    secret,
    device,
    clientId: text(input, "clientId") ?? device,
    username: text(input, "username") ?? device,
    lifeSeconds: lifeOf(input) ?? 3600,
    claims: claimsOf(input) ?? {},
  });
}

/** With a xiaozhi scheme the id is a MAC, in whatever form. */
function deviceMeant(input: CommandInput, scheme: string): string {
  const id = text(input, "device") ?? "";
  if (id === "") throw new UsageError("--device is empty");
  return scheme.startsWith("xiaozhi-") ? (macFromPerson(id) ?? id) : id;
}

function claimsOf(input: CommandInput): Record<string, string> | undefined {
  const claims = pairs(input, "claim", "--claim");
  const own = ownClaims.find((name) => claims !== undefined && Object.hasOwn(claims, name));
  if (own !== undefined) throw new UsageError(`--claim ${own}: it is set by --device and --expires-in`);
  return claims;
}

/** As `credential issue` has it: ten years. */
const mostLife = 3650 * 86_400;

function lifeOf(input: CommandInput): number | undefined {
  const life = seconds(input, "expiresIn", "--expires-in");
  if (life !== undefined && (life < 1 || life > mostLife)) throw new UsageError("--expires-in takes 1s to 3650d");
  return life;
}
