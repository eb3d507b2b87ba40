import { z } from "zod";
import { type House, houseStatus } from "../open-house.ts";
import { RegistryError, StoreUnavailable } from "../registry/device-registry.ts";
import { credentialOperations } from "./credential-operations.ts";
import { deviceOperations } from "./device-operations.ts";
import { keyOperations } from "./key-operations.ts";
import { type Operation, OperationError, operation } from "./operation.ts";

/** Everything an operator can do. */
export const operations: readonly Operation[] = [
  ...deviceOperations,
  ...credentialOperations,
  ...keyOperations,
  operation({ name: "status", input: z.strictObject({}), run: houseStatus }) as Operation,
];

const byName = new Map(operations.map((each) => [each.name, each]));

/** Runs one operation. Throws `OperationError` for everything that is not a defect of ours. */
export async function runOperation(house: House, name: string, input: unknown): Promise<unknown> {
  const found = byName.get(name);
  if (!found) throw new OperationError("no_such_operation", `there is no operation ${JSON.stringify(name)}`);
  const parsed = found.input.safeParse(input);
  if (!parsed.success) throw new OperationError("bad_input", describeIssues(parsed.error));
  try {
    return await found.run(house, parsed.data);
  } catch (error) {
    if (error instanceof RegistryError) throw new OperationError(error.code, error.message, nextSteps[error.code]);
    if (error instanceof StoreUnavailable) {
      throw new OperationError(
        "store_unavailable",
        `the registry is ${error.state}: ${error.message}`,
        "nothing was changed; see connack status",
      );
    }
    // An input that only shows to be wrong where it is used; the message names the place, never the value.
    if (error instanceof RangeError && !("code" in error)) throw new OperationError("bad_input", error.message);
    throw error;
  }
}

const nextSteps: Record<RegistryError["code"], string> = {
  device_exists: "connack device show <id>; connack device set <id> changes it",
  device_not_found: "connack device list shows all; connack device add makes one",
  wrong_status: "connack device show <id>",
  client_id_taken: "connack device show <id> tells who has it",
};

/** Names the place and the rule, never the value: it may be a secret. */
function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`).join("; ");
}
