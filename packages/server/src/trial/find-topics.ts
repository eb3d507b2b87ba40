import { type CommandContext, type CommandInput, UsageError } from "../commands/command.ts";
import { text } from "../commands/option-values.ts";
import type { ShownRights } from "../operations/acl-show.ts";
import { checkTopic } from "../operations/acl-topic.ts";
import { OperationError } from "../operations/operation.ts";
import type { CredentialSource, TrialCredential } from "./credential-source.ts";
import { defaultTopics, type TrialTopics, topicsFromRules } from "./own-topics.ts";

/** `--topic`, else what the rights of the device allow, where this data folder has them, else what they usually are. */
export async function findTopics(
  input: CommandInput,
  context: CommandContext,
  source: CredentialSource,
  credential: TrialCredential,
): Promise<TrialTopics> {
  const topic = text(input, "topic");
  if (topic !== undefined) return { subscribe: topic, publish: topic };
  const { deviceId, clientId, username } = credential;
  if (source.kind !== "made by Connack" || deviceId === undefined) return defaultTopics(credential);
  try {
    const names = { clientId, ...(username !== "" && { username }) };
    const { rules } = (await context.call("acl.show", { id: deviceId, ...names })) as ShownRights;
    return topicsFromRules(rules) ?? defaultTopics(credential);
  } catch (error) {
    // Not registered yet: it has the rights of new devices.
    if (error instanceof OperationError && error.code === "device_not_found") return defaultTopics(credential);
    throw error;
  }
}

/** Throws `UsageError` for what is no topic of a message. */
export function checkTrialTopic(topic: string | undefined): void {
  if (topic === undefined) return;
  try {
    checkTopic("publish", topic);
  } catch (error) {
    if (error instanceof OperationError) throw new UsageError(`--topic: ${error.message}`);
    throw error;
  }
}
