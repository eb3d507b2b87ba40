import { findWrongJwt } from "../management/explain-wrong-jwt.ts";
import type { Json, JsonObject } from "../management/management-client.ts";
import { parseHocon } from "./parse-hocon.ts";

export interface FileFinding {
  /** Which authenticator, e.g. `authentication 2 (jwt)`. */
  place: string;
  mistakes: string[];
}

export interface FileChecked {
  /** Those that EMQX would refuse, or that let anybody in. */
  findings: FileFinding[];
  /** How many authenticators were looked at. */
  authenticators: number;
  /** The file itself sets the chain, as emqx.conf may; it is not the body of one call. */
  setsChain: boolean;
}

/**
 * Looks through authenticators that somebody wrote: a body for EMQX's API, a list of such, or a configuration file of
 * EMQX. Throws `HoconProblem` for what is neither JSON nor HOCON.
 */
export function checkFile(text: string): FileChecked {
  const content = read(text);
  const chain = Array.isArray(content) ? content : isObject(content) ? content["authentication"] : undefined;
  const setsChain = !Array.isArray(content) && chain !== undefined;
  const authenticators = (Array.isArray(chain) ? chain : isObject(chain) ? chainOf(chain) : [content]).filter(isObject);
  const found = authenticators.filter((each) => setsChain || "mechanism" in each || "jwt_secret" in each);
  const findings = found.flatMap((each, index) => {
    const mistakes = findWrongJwt(each);
    const name = typeof each["mechanism"] === "string" ? ` (${each["mechanism"].slice(0, 30)})` : "";
    return mistakes.length === 0 ? [] : [{ place: `authenticator ${index + 1}${name}`, mistakes }];
  });
  return { findings, authenticators: found.length, setsChain };
}

/** `authentication.1 {…}`, as EMQX also reads it, or a chain of one that is no list. */
function chainOf(chain: JsonObject): Json[] {
  const names = Object.keys(chain);
  return names.length > 0 && names.every((name) => /^\d+$/.test(name)) ? Object.values(chain) : [chain];
}

function read(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return parseHocon(text);
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
