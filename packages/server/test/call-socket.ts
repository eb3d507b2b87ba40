import { Agent, request } from "node:http";
import { join } from "node:path";

/** Asks a running server for an operation over its socket, as the command line does, but over kept connections. */
export function socketCaller(folder: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const socketPath = join(folder, "connack-data/connack.sock");
  const call = <T = Record<string, unknown>>(name: string, input: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(input);
      const headers = { "content-length": Buffer.byteLength(body) };
      const asked = request({ agent, socketPath, path: `/operations/${name}`, method: "POST", headers }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("error", reject);
        response.on("end", () =>
          response.statusCode === 200 ? resolve(JSON.parse(text) as T) : reject(new Error(text)),
        );
      });
      asked.on("error", reject);
      asked.end(body);
    });
  return { call, close: () => agent.destroy() };
}
