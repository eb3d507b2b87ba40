import { explainCredential, explainInput } from "./explain-credential.ts";
import { issueCredential, issueInput } from "./issue-credential.ts";
import { type Operation, operation } from "./operation.ts";

export const credentialOperations: readonly Operation[] = [
  operation({ name: "credential.issue", role: "operator", input: issueInput, run: issueCredential }) as Operation,
  operation({ name: "credential.explain", role: "operator", input: explainInput, run: explainCredential }) as Operation,
];
