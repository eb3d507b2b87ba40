import { descendingJson, isObject, type JsonObject } from "../json.ts";
import { allKnown, formEncode, renderTemplate, type Values } from "./render-template.ts";

/** The bytes EMQX sends for an authenticator or source: recorded header order, names and body encoding. */
export function renderRequest(config: JsonObject, values: Values): Buffer {
  const url = String(config["url"]);
  const [base = "", query] = splitOnce(url.replace(/^https?:\/\/[^/?]*/, ""), "?");
  const path = renderTemplate(base === "" ? "/" : base, values, formEncode);
  const templates = isObject(config["body"]) ? config["body"] : {};
  const attributesKnown = allKnown(Object.values(templates).map(String), values);
  const fields = Object.entries(templates).map(([key, value]): [string, string] => [
    key,
    renderTemplate(String(value), values, undefined, attributesKnown),
  ]);
  const headers = headersOf(config);
  const host = /^https?:\/\/([^/?]*)/.exec(url)?.[1] ?? "";
  const queryFields = query === undefined ? [] : queryOf(query, values);
  if (config["method"] === "get") {
    const all = [...queryFields, ...fields.sort(byName)];
    return head("GET", path, all, [["host", host], ...headers]);
  }
  const form = headers.some(([name, value]) => name === "content-type" && /^application\/x-www-form/.test(value));
  const body = Buffer.from(form ? composeQuery(fields.sort(byName)) : descendingJson(Object.fromEntries(fields)));
  const first: [string, string][] = [
    ["content-length", String(body.length)],
    ["host", host],
  ];
  return Buffer.concat([head("POST", path, queryFields, [...first, ...headers]), body]);
}

function headersOf(config: JsonObject): [string, string][] {
  const given = isObject(config["headers"]) ? config["headers"] : {};
  const headers = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]));
  if (config["method"] === "get") headers.delete("content-type");
  else if (!headers.has("content-type")) headers.set("content-type", "application/json");
  return [...headers].sort(byName);
}

function head(method: string, path: string, query: [string, string][], headers: [string, string][]): Buffer {
  const target = query.length > 0 ? `${path}?${composeQuery(query)}` : path;
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

function queryOf(query: string, values: Values): [string, string][] {
  return query.split("&").map((pair) => {
    const [name = "", value = ""] = splitOnce(pair, "=");
    return [renderTemplate(decode(name), values), renderTemplate(decode(value), values)];
  });
}

function composeQuery(fields: [string, string][]): string {
  return fields.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  return decodeURIComponent(text.replace(/\+/g, " "));
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
