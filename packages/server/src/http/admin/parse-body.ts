import { RequestProblem } from "./problem.ts";

/** Largest body that is read: 1 MiB. */
export const bodyLimit = 1024 * 1024;

/** How deep objects and lists may stand in each other; what checks them goes down as deep. */
const deepest = 64;

/** The value of a JSON body (RFC 8259); `undefined` of an empty one. Throws `RequestProblem`, never with the content. */
export function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notJson("the body is not JSON, or not UTF-8", 'send one JSON object in UTF-8, e.g. {"id": "sensor-1"}');
  }
  if (isDeeper(value, deepest))
    throw notJson(`the body is nested more than ${deepest} deep`, "send it flatter: no input here is nested like that");
  return value;
}

function notJson(detail: string, fix: string): RequestProblem {
  return new RequestProblem({ status: 400, code: "bad_json", detail, fix });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
