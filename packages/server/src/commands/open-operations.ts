import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadedConfig } from "../config/load-config.ts";
import { shortSocketPath } from "../http/short-socket-path.ts";
import { OperationError } from "../operations/operation.ts";
import { FolderInUse } from "../state/folder-lock.ts";

/** Nobody answers and the data folder is taken: a server that starts, or another command. */
const patienceMs = 5000;

/**
 * Runs one operation where the data is: in the running server through its socket, otherwise in this process with the
 * data folder locked. Throws `OperationError`, and what `openHouse` throws.
 */
export async function callOperation(loaded: LoadedConfig, name: string, input: unknown): Promise<unknown> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const answer = await askServer(loaded.config.dataDir, name, input);
    if (answer) return answer.value;
    try {
      return await runHere(loaded, name, input);
    } catch (error) {
      if (!(error instanceof FolderInUse) || Date.now() > giveUpAt) throw error;
      await sleep(100);
    }
  }
}

async function runHere(loaded: LoadedConfig, name: string, input: unknown): Promise<unknown> {
  // Loaded only here: with a server running the command needs no database.
  const [{ openHouse }, { runOperation }] = await Promise.all([
    import("../open-house.ts"),
    import("../operations/operations.ts"),
  ]);
  const house = await openHouse({ loaded });
  try {
    return await runOperation(house, name, input);
  } finally {
    await house.close();
  }
}

/** `undefined` when no server listens. */
function askServer(dataDir: string, name: string, input: unknown): Promise<{ value: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const socketPath = shortSocketPath(join(dataDir, "connack.sock"));
    const asked = request({ socketPath, path: `/operations/${name}`, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        try {
          const value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          if (response.statusCode === 200) resolve({ value });
          else
            reject(
              new OperationError(value.code ?? "internal_error", value.message ?? "the server failed", value.next),
            );
        } catch {
          reject(
            new OperationError(
              "bad_answer",
              "the server's answer could not be read",
              "are server and command line of the same version?",
            ),
          );
        }
      });
    });
    asked.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(new OperationError("no_answer", `the server did not answer (${error.code})`, "connack status"));
    });
    asked.end(body);
  });
}
