import { explainCredential, explainInput } from "./explain-credential.ts";
import { type IssuedCredential, issueCredential, issueInput } from "./issue-credential.ts";
import { type Change, type Operation, operation } from "./operation.ts";

export const credentialOperations: readonly Operation[] = [
  operation({
    name: "credential.issue",
    role: "operator",
    input: issueInput,
    change: (_input, issued) => credentialIssued(issued),
    run: issueCredential,
  }) as Operation,
  operation({ name: "credential.explain", role: "operator", input: explainInput, run: explainCredential }) as Operation,
];

/** An unsigned client id, and the name a certificate has to have, are no credentials. */
function credentialIssued({ device, scheme, keyId, expiresAt }: IssuedCredential): Change | undefined {
  if (scheme === "xiaozhi-unsigned" || scheme === "client-certificate") return undefined;
  if (scheme === "password") return { deviceId: device, detail: "new password" };
  const by = keyId === undefined ? scheme : `${scheme}, key ${keyId}`;
  const end = expiresAt === undefined ? "never expires" : `expires ${expiresAt}`;
  return { deviceId: device, detail: `credential issued (${by}), ${end}` };
}
