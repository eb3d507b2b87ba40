import { isTopicLevel } from "@connack/credentials";
import { explainIdentity } from "@connack/credentials/verify";
import { guestPrefix } from "../registry/device.ts";
import { macFromPerson } from "./mac-from-person.ts";
import { OperationError } from "./operation.ts";

/**
 * Throws `bad_service_name` for a name that could be taken for a device's, or that means something in a topic, a
 * xiaozhi client id or a log. The name is the user name the service connects with.
 */
export function checkServiceName(name: string): void {
  const problem = explainName(name);
  if (problem === undefined) return;
  throw new OperationError("bad_service_name", `${JSON.stringify(name)}: ${problem}`, "take a name such as backend-1");
}

/** Format characters such as the zero width space, and letters that are drawn as nothing. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

function explainName(name: string): string | undefined {
  if (!isTopicLevel(name)) return "a service name has no /, + or # and no control character";
  if (explainIdentity(name) !== undefined) return "a service name has no characters that steer or reorder a line";
  if (invisible.test(name)) return "it has a character that nobody sees, so that two names would look alike";
  if (name.normalize("NFC") !== name) return "its accents stand apart from their letters: no keyboard would type it so";
  if (name.trim() !== name) return "a service name does not begin or end with a space";
  if (macFromPerson(name) !== undefined) return "a MAC address is the name of a device";
  if (name.includes("@@@")) return "@@@ is what client ids of xiaozhi devices are made with";
  if (name.startsWith("$")) return "names that begin with $ are the broker's own";
  if (name.startsWith(guestPrefix)) return `names that begin with ${guestPrefix} are those of connack sub and pub`;
  return undefined;
}
