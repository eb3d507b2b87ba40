import { type AdminRoute, pathTo } from "./admin-route.ts";

export const accessRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/keys", operation: "key.list", summary: "Keys credentials are checked with; never secrets" },
  {
    method: "POST",
    path: "/keys",
    operation: "key.add",
    madeAt: ({ keys }) => pathTo("keys", keys?.[0]?.id),
    summary: "Add a key: a new one, or one that is given",
  },
  { method: "DELETE", path: "/keys/{id}", operation: "key.remove", summary: "Remove a key for good" },
  {
    method: "POST",
    path: "/credentials",
    operation: "credential.issue",
    summary: "Issue a credential for a device; it is in the answer, once",
  },
  {
    method: "POST",
    path: "/credentials/explain",
    operation: "credential.explain",
    summary: "Whether a credential would be let in, step by step, and the fix; changes nothing",
  },
  { method: "GET", path: "/tokens", operation: "token.list", summary: "Access tokens; never their content" },
  {
    method: "POST",
    path: "/tokens",
    operation: "token.add",
    madeAt: ({ name }) => pathTo("tokens", name),
    summary: "Make an access token; it is in the answer, once",
  },
  {
    method: "DELETE",
    path: "/tokens/{name}",
    operation: "token.remove",
    summary: "Take an access token away, at once",
  },
];
