import { ConnectRefused, connackCode, type DeviceCredentials, openConnection } from "@connack/device";
import { OperationError } from "../operations/operation.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

const timeoutSeconds = 10;

/** One connection, so that a thousand devices do not find out what one can. Throws `OperationError`. */
export async function probeBroker(plan: SimulationPlan, credentials: DeviceCredentials): Promise<void> {
  const { url, protocolVersion, ca } = plan;
  const options = { url, protocolVersion, clean: true, timeoutSeconds, ...(ca !== undefined && { tls: { ca } }) };
  const times = { keepAliveSeconds: 60, willDelaySeconds: 0, sessionExpirySeconds: 0 };
  try {
    const connection = await openConnection({ ...options, ...times }, credentials, () => {});
    await connection.end(1000);
  } catch (error) {
    if (error instanceof ConnectRefused) throw refused(url, error.code, credentials.username);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OperationError(
      "broker_unreachable",
      `the broker at ${new URL(url).host} cannot be reached: ${message || code}`,
      "look at host, port and TLS of the URL; connack status shows where the embedded broker listens",
    );
  }
}

function refused(url: string, code: number, name: string): OperationError {
  return new OperationError(
    "probe_refused",
    `the broker at ${new URL(url).host} refuses a simulated device with code ${code} (${connackCode(code).name})`,
    `does this broker ask this Connack? connack reasons, connack device timeline ${name}`,
  );
}
