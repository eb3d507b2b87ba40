import type { CredentialsRequest } from "../device-credentials.ts";
import { printableText } from "./printable-text.ts";

/** Bytes of an answer that are read. A token may have 64 KiB in MQTT; nobody's has. */
const mostBytes = 65_536;

export interface ServerQuestion {
  url: URL;
  headers: Record<string, string>;
  body: string;
}

export interface ServerAnswer {
  status: number;
  /** The JSON object, where it is one. */
  json: Record<string, unknown> | undefined;
}

/**
 * POST, and the answer with its time told (`Date`, RFC 9110 §6.6.1). No redirect is followed: the secret in the question
 * would go along. Rejects with an Error that names the host where there is no answer, or none of reasonable size.
 */
export async function askServer(
  { url, headers, body }: ServerQuestion,
  { signal, heardTime }: Pick<CredentialsRequest, "signal" | "heardTime">,
): Promise<ServerAnswer> {
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    const time = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(time)) heardTime(time);
    return { status: response.status, json: jsonObject(await readBounded(response)) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new Error(`${url.host}: ${printableText(reasonOf(error)) || "no answer"}`);
  }
}

/** That the server has to be asked again: it is down, busy, or has had too many questions. */
export function isTemporary(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > mostBytes) {
      await reader.cancel();
      throw new Error(`the answer has more than ${mostBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // whoever asked says what he makes of it
  }
}

/** Node's fetch says `fetch failed`, and why in its cause, sometimes one deeper (a host with several addresses). */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown; code?: unknown } };
  for (const text of [cause?.message, cause?.code, message]) if (typeof text === "string" && text !== "") return text;
  return "";
}
