import { createManagementClient, type ManagementClientOptions } from "./create-management-client.ts";
import { ManagementError } from "./management-error.ts";

/** What every new EMQX has, and its documentation names. */
const known = { username: "admin", password: "public" };

/**
 * Whether EMQX's dashboard lets in with the password of every new EMQX: one login, and a logout. Recorded on 5.8.0: no
 * lock-out after failures. Later versions may lock the user, so it is for those that are known. Rejects with
 * `ManagementError` where EMQX does not answer.
 */
export async function hasDefaultPassword(options: Omit<ManagementClientOptions, "credentials">): Promise<boolean> {
  const client = createManagementClient({ ...options, credentials: known });
  try {
    await client.get("/nodes");
    return true;
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    if (error.problem === "unauthorized") return error.endpoint !== "POST /login";
    if (error.problem === "forbidden") return true;
    throw error;
  } finally {
    await client.close();
  }
}
