import { z } from "zod";
import { fromChange } from "../audit/from-change.ts";
import { houseStatus } from "../house-status.ts";
import type { House } from "../open-house.ts";
import { RegistryError, StoreUnavailable } from "../registry/device-registry.ts";
import { aclOperations } from "./acl-operations.ts";
import { auditOperations } from "./audit-operations.ts";
import { backupOperations } from "./backup-operations.ts";
import { badInput } from "./bad-input.ts";
import { configOperations } from "./config-operations.ts";
import { credentialOperations } from "./credential-operations.ts";
import { deviceOperations } from "./device-operations.ts";
import { healthOperations } from "./health-operations.ts";
import { keyOperations } from "./key-operations.ts";
import { kickOperations } from "./kick-operations.ts";
import { noRoom } from "./no-room.ts";
import {
  type Actor,
  type Change,
  cliActor,
  type Operation,
  OperationError,
  operation,
  roles,
  type ToldChange,
} from "./operation.ts";
import { quoteWord } from "./quote-word.ts";
import { serviceOperations } from "./service-operations.ts";
import { tokenOperations } from "./token-operations.ts";
import { verifyOperations } from "./verify-operations.ts";

/** Everything an operator can do. */
export const operations: readonly Operation[] = [
  ...deviceOperations,
  ...credentialOperations,
  ...keyOperations,
  ...aclOperations,
  ...auditOperations,
  ...serviceOperations,
  ...kickOperations,
  ...tokenOperations,
  ...configOperations,
  ...healthOperations,
  ...backupOperations,
  ...verifyOperations,
  operation({ name: "status", role: "viewer", input: z.strictObject({}), run: houseStatus }) as Operation,
];

const byName = new Map(operations.map((each) => [each.name, each]));

/**
 * Runs one operation, and keeps in the audit what it changed. Throws `OperationError` for everything that is not a
 * defect of ours, `not_allowed` where the actor's role is too small.
 */
export async function runOperation(house: House, name: string, input: unknown, by: Actor = cliActor): Promise<unknown> {
  const found = byName.get(name);
  if (!found) throw new OperationError("no_such_operation", `there is no operation ${JSON.stringify(name)}`);
  if (roles.indexOf(by.role) < roles.indexOf(found.role)) {
    throw new OperationError("not_allowed", `${name} wants the role ${found.role}, and this has the role ${by.role}`);
  }
  if (found.local && by.name !== cliActor.name) {
    throw new OperationError("not_allowed", `${name} is done with the command line, on the machine Connack runs on`);
  }
  const parsed = found.input.safeParse(input);
  if (!parsed.success) throw badInput(name, parsed.error, input);
  const record = (change: Change) => house.audit.record(fromChange(name, by.name, change));
  const changed: ToldChange = (change) => {
    if (change.detail !== undefined) record(change);
  };
  try {
    const output = await found.run(house, parsed.data, changed, by);
    const change = found.change?.(parsed.data, output);
    if (change) record(change);
    return output;
  } catch (error) {
    if (error instanceof RegistryError)
      throw new OperationError(error.code, error.message, nextStep(error.code, parsed.data));
    if (error instanceof StoreUnavailable) {
      throw new OperationError(
        "store_unavailable",
        `the registry is ${error.state}: ${error.message}`,
        "nothing was changed; see connack status",
      );
    }
    const full = noRoom(error);
    if (full) throw full;
    // An input that only shows to be wrong where it is used; the message names the place, never the value.
    if (error instanceof RangeError && !("code" in error)) throw new OperationError("bad_input", error.message);
    throw error;
  }
}

const nextSteps: Record<RegistryError["code"], string> = {
  device_exists: "connack device show <id>, and connack device set <id> to change it",
  device_not_found: "connack device list shows all; connack device add makes one",
  wrong_status: "connack device show <id>",
  client_id_taken: "give each device client ids of its own",
  too_many_groups: "connack acl show --groups lists them; give rights to fewer groups, or to devices",
};

/** With the id that was asked for, so that it can be pasted. */
function nextStep(code: RegistryError["code"], input: unknown): string {
  const { id } = input as { id?: unknown };
  return typeof id === "string" ? nextSteps[code].replaceAll("<id>", () => quoteWord(id)) : nextSteps[code];
}
