import type { AdminRoute } from "./admin-route.ts";
import { adminRoutes, apiPrefix, eventStreamRoute, plainRoutes } from "./admin-routes.ts";

interface KnownPath {
  pattern: RegExp;
  methods: string[];
}

let known: readonly KnownPath[] | undefined;

/** The methods a path has: of a request that no route takes. None for a path that does not exist. */
export function methodsOf(path: string): string[] {
  known ??= knownPaths();
  const methods = known.filter(({ pattern }) => pattern.test(path)).flatMap((each) => each.methods);
  return [...new Set(methods)];
}

function knownPaths(): KnownPath[] {
  const routes = Object.values(adminRoutes).flat();
  return [
    ...routes.map((route) => ({ pattern: patternOf(apiPrefix + route.path), methods: methodsWith(route) })),
    ...plainRoutes.map((route) => ({
      pattern: patternOf(route.path),
      methods: route === eventStreamRoute ? ["GET"] : ["GET", "HEAD"],
    })),
  ];
}

function methodsWith(route: AdminRoute): string[] {
  return route.method === "GET" ? ["GET", "HEAD"] : [route.method];
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, "[^/]+")}$`);
}
