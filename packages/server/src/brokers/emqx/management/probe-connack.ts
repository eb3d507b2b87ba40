import { clientSsl } from "../configure/request-options.ts";
import type { JsonObject, ManagementClient } from "./management-client.ts";
import { ManagementError } from "./management-error.ts";

/** Whether every node's connector could open a connection; EMQX asks nothing over it. `said`: EMQX's own words. */
export type ProbeResult = { isReached: true } | { isReached: false; said: string };

/**
 * Has EMQX try to connect to a URL, as its authenticator would: recorded on 5.8.0, 204 or 400 TEST_FAILED. Nothing is
 * kept in EMQX. Throws `ManagementError` for any other answer.
 */
export async function probeConnack(
  client: Pick<ManagementClient, "post">,
  { url, connectTimeout, ca }: { url: string; connectTimeout: number; ca?: string },
): Promise<ProbeResult> {
  const connector: JsonObject = {
    type: "http",
    name: "connack_probe",
    enable: true,
    url,
    connect_timeout: `${connectTimeout}s`,
    pool_size: 1,
    ssl: clientSsl(url, ca),
  };
  try {
    await client.post("/connectors_probe", connector);
    return { isReached: true };
  } catch (error) {
    if (!(error instanceof ManagementError) || error.code !== "TEST_FAILED") throw error;
    const said = /TEST_FAILED: (.*?)\)\.?$/.exec(error.message)?.[1] ?? "no connection";
    return { isReached: false, said: said.charAt(0).toLowerCase() + said.slice(1) };
  }
}
