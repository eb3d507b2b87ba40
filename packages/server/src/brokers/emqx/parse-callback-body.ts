import { isUtf8 } from "node:buffer";
import type { CallbackRequest } from "../broker-adapter.ts";

export type CallbackBody = { ok: true; members: Record<string, unknown> } | { ok: false; detail: string };

/** The named members of a JSON object or a form, as they are; nothing about their types is checked here. */
export function parseCallbackBody(callback: CallbackRequest, names: readonly string[]): CallbackBody {
  if (!isUtf8(callback.body)) return { ok: false, detail: "the body is not UTF-8" };
  const text = callback.body.toString("utf8");
  switch (callback.contentType) {
    case "application/json":
      return parseJson(text, names);
    case "application/x-www-form-urlencoded":
      return parseForm(text, names);
    default:
      return { ok: false, detail: "the content type is neither JSON nor a form" };
  }
}

function parseJson(text: string, names: readonly string[]): CallbackBody {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { ok: true, members: ownMembers(value, names) };
    }
    return { ok: false, detail: "the body is not a JSON object" };
  } catch {
    return { ok: false, detail: "the body is not JSON" };
  }
}

/** Members of our names only; what else a body holds means nothing. */
function ownMembers(value: object, names: readonly string[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of names) {
    if (Object.hasOwn(value, name)) members[name] = (value as Record<string, unknown>)[name];
  }
  return members;
}

function parseForm(text: string, names: readonly string[]): CallbackBody {
  if (invalidEscape.test(text)) return { ok: false, detail: "a broken %-escape in the form" };
  const members: Record<string, unknown> = {};
  const form = new URLSearchParams(text);
  for (const name of names) {
    const values = form.getAll(name);
    if (values.length > 1) return { ok: false, detail: `${name} stands twice in the form` };
    if (values[0]?.includes("\ufffd")) return { ok: false, detail: `${name} is not UTF-8` };
    if (values.length === 1) members[name] = values[0];
  }
  return { ok: true, members };
}

const invalidEscape = /%(?![0-9A-Fa-f]{2})/;
