import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between EMQX and Connack, and changes what Connack answers to a CONNECT. */
export async function startAnswerProxy(
  connackPort: number,
  change: (answer: Record<string, unknown>) => Record<string, unknown>,
): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const { authorization = "" } = request.headers;
    const headers = { authorization, "content-type": "application/json" };
    const answer = await fetch(`http://127.0.0.1:${connackPort}${request.url}`, { method: "POST", headers, body });
    const said = (await answer.json()) as Record<string, unknown>;
    const told = request.url === "/brokers/emqx/authn" ? change(said) : said;
    response.setHeader("content-type", "application/json").end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
