import { actionRoutes } from "./actions.ts";
import type { Route } from "./api-call.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { authenticationRoutes } from "./authentication.ts";
import { authenticationUserRoutes } from "./authentication-users.ts";
import { autoSubscribeRoutes } from "./auto-subscribe.ts";
import { bannedRoutes } from "./banned.ts";
import { clientRoutes } from "./clients.ts";
import { configRoutes } from "./configs.ts";
import { connectorRoutes } from "./connectors.ts";
import { listenerRoutes } from "./listeners.ts";
import { loginRoutes } from "./login.ts";
import { nodeRoutes } from "./node-info.ts";
import { ruleRoutes } from "./rules.ts";
import { sourceRuleRoutes } from "./source-rules.ts";
import { sourceRoutes } from "./sources.ts";

const prefix = ["api", "v5"];

/** Every path the stand-in knows, in the order in which they are tried. */
const routes = [
  ...nodeRoutes,
  ...loginRoutes,
  ...apiKeyRoutes,
  ...authenticationRoutes,
  ...authenticationUserRoutes,
  ...sourceRoutes,
  ...sourceRuleRoutes,
  ...autoSubscribeRoutes,
  ...connectorRoutes,
  ...actionRoutes,
  ...ruleRoutes,
  ...bannedRoutes,
  ...clientRoutes,
  ...listenerRoutes,
  ...configRoutes,
].map((route) => ({ route, words: route.path.split("/").slice(1) }));

/** The route of a raw path and what stands in its places, decoded once, as Cowboy does it. */
export function findRoute(
  rawPath: string,
): { route: Route; params: Record<string, string> } | undefined | "bad encoding" {
  let segments: string[];
  try {
    segments = withoutDots(rawPath.split("/").slice(1).map(decodeURIComponent));
  } catch {
    return "bad encoding";
  }
  if (segments[0] !== prefix[0] || segments[1] !== prefix[1]) return undefined;
  const given = segments.slice(2);
  for (const { route, words } of routes) {
    const params = match(words, given);
    if (params) return { route, params };
  }
  return undefined;
}

function match(words: string[], given: string[]): Record<string, string> | undefined {
  if (words.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    const value = given[index] ?? "";
    if (word.startsWith(":") && value !== "") params[word.slice(1)] = value;
    else if (word !== value) return undefined;
  }
  return params;
}

/** `.` is dropped and `..` goes up, also when they were percent-encoded. */
function withoutDots(segments: string[]): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  return kept;
}
