import type { StandIn } from "../emqx-stand-in/start-stand-in.ts";

/** A call of a stand-in's API with its key: status and parsed body. */
export async function callApi(
  node: StandIn,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: never }> {
  const authorization = `Basic ${Buffer.from(`${node.apiKey}:${node.apiSecret}`).toString("base64")}`;
  const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${node.apiUrl}/api/v5${path}`, { method, headers, ...text });
  const json = await answer.text();
  return { status: answer.status, body: (json === "" ? undefined : JSON.parse(json)) as never };
}
