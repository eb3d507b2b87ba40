import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";

/** EMQX writes PEM texts of `ssl` into files of its own and keeps their names; GET shows the names. */
export function storeCertificates(node: StandInNode, config: JsonObject): JsonObject {
  const ssl = config["ssl"];
  if (!isObject(ssl)) return config;
  const stored = Object.entries(ssl).map(([key, value]) => {
    if (typeof value !== "string" || !value.includes("-----BEGIN")) return [key, value];
    const name = `data/certs/${key}-${createHash("sha1").update(value).digest("hex").slice(0, 16)}`;
    node.state.surroundings.certificates.set(name, value);
    return [key, name];
  });
  return { ...config, ssl: Object.fromEntries(stored) };
}
