import { until } from "./open-test-broker.ts";
import { type Program, startProgram } from "./run-program.ts";

/**
 * aedes without any guard, in a process of its own, as it may end that. `options` is the source of its options object.
 * Everything a test shows about it is the reason for a guard; when a newer aedes no longer does it, the test fails and
 * the guard may go.
 */
export async function startBareAedes(options = "{}"): Promise<{ port: number; program: Program }> {
  const program = startProgram(process.execPath, ["--input-type=module", "-"], script(options), import.meta.dirname);
  await until("the port of bare aedes", () => program.output().includes("\n"));
  return { port: Number.parseInt(program.output(), 10), program };
}

const script = (options: string) => `
  import { createServer } from "node:net";
  import { Aedes } from "aedes";
  const aedes = await Aedes.createBroker(${options});
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;
