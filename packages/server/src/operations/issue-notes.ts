import { type ConnectRequest, type Decision, type DenyReason, denyReasons } from "@connack/credentials";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import type { IssuedCredential, IssueInput } from "./issue-credential.ts";
import { quoteWord } from "./quote-word.ts";

/**
 * What the operator should know of a new credential, one text each. It is tried as the device will use it, without a
 * trace in the registry: a configuration that does not take what it issues is told here, not by the first refusal.
 */
export async function issueNotes(
  house: House,
  input: IssueInput,
  issued: Pick<IssuedCredential, "device" | "clientId" | "username" | "password">,
  device: Device | undefined,
): Promise<string[]> {
  const notes = notesOnScheme(input.scheme, issued.device);
  const setting = missingSetting(house, input.scheme);
  if (setting !== undefined) return [`Nobody connects with it yet: set ${setting}: true.`, ...notes];
  const decision = await house.decideConnect(requestOf(input, issued), { dryRun: true });
  const { device: id } = issued;
  if (decision.deviceId !== undefined && decision.deviceId !== id) {
    notes.unshift(`It connects as device ${decision.deviceId}, not as ${id}: compare credentials.jwt.identity.`);
  }
  const note = noteOnDecision(input, id, device, decision);
  return note === undefined ? notes : [note, ...notes];
}

/** The first switch that keeps the scheme from being looked at. */
function missingSetting({ config }: House, scheme: IssueInput["scheme"]): string | undefined {
  const setting = settingOf[scheme];
  if (!config.credentials[setting].enabled) return `credentials.${setting}.enabled`;
  if (scheme !== "xiaozhi-unsigned" || config.credentials.xiaozhiHmac.acceptUnsigned) return undefined;
  return "credentials.xiaozhiHmac.acceptUnsigned";
}

const settingOf = {
  "xiaozhi-hmac": "xiaozhiHmac",
  "xiaozhi-unsigned": "xiaozhiHmac",
  jwt: "jwt",
  password: "password",
  "client-certificate": "clientCertificate",
} as const satisfies Record<IssueInput["scheme"], keyof House["config"]["credentials"]>;

function requestOf(input: IssueInput, issued: Parameters<typeof issueNotes>[2]): ConnectRequest {
  const { device, clientId, username, password } = issued;
  const certificate = { certificateCommonName: device, certificateSubject: device };
  return { clientId, username, password, ...(input.scheme === "client-certificate" && certificate) };
}

function noteOnDecision(
  input: IssueInput,
  id: string,
  device: Device | undefined,
  decision: Decision,
): string | undefined {
  const registered = device !== undefined && device.status !== "removed";
  if (decision.result === "allow") return registered ? undefined : unregisteredNotes.enrol;
  const { reason, detail } = decision;
  if (device === undefined && reason === "device_unknown") {
    return input.scheme === "xiaozhi-unsigned" ? unregisteredNotes.never : unregisteredNotes.refuse;
  }
  if (device === undefined && reason === "device_pending") return unregisteredNotes.approve;
  const { sentence, fix } = denyReasons[reason];
  const way = waysOut[reason]?.(id, input) ?? fix;
  return `As things stand it is refused (${reason}): ${sentence} (${detail})\nFix: ${way.replaceAll("<id>", () => quoteWord(id))}`;
}

/** What to do here, where the general fix of a reason speaks to somebody who already has a credential. */
const waysOut: Partial<Record<DenyReason, (id: string, input: IssueInput) => string>> = {
  scheme_not_allowed: (id, input) => `connack device set ${quoteWord(id)} --scheme ${input.scheme}`,
  missing_claim: () =>
    "Issue it with the claims that requiredClaims, identity and bindTo name: --claim <name>=<value>.",
  binding_mismatch: () => "Issue it with the claims, --username and --client-id that credentials.jwt.bindTo demands.",
};

const unregisteredNotes = {
  enrol: "The device is not registered; it will be on its first connect. To do it now: --add",
  approve:
    "The device is not registered; after its first connect it waits for connack device approve. To do it now: --add",
  refuse:
    "The device is not registered and enrolment is off: it is refused until connack device add. To do it now: --add",
  never:
    "The device is not registered, and without a proof it is never enrolled: it is refused until connack device add. To do it now: --add",
};

function notesOnScheme(scheme: IssueInput["scheme"], id: string): string[] {
  switch (scheme) {
    case "client-certificate":
      return certificateNotes(id);
    case "xiaozhi-unsigned":
      return [
        `There is no password to keep secret: nothing proves who it is, and whoever sends a client id with ${id} in it is this device.`,
      ];
    case "xiaozhi-hmac":
    case "jwt":
    case "password":
      return [];
  }
}

function certificateNotes(id: string): string[] {
  return [
    `The certificate comes from your CA. Its common name has to be ${id}.`,
    `Key and request:\nopenssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key -out device.csr -subj ${quoteWord(`/CN=${id}`)}`,
  ];
}
