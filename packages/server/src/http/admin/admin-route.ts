import type { Operation, Role } from "../../operations/operation.ts";

/** A route below `/api/v1`: it runs one operation. */
export interface AdminRoute {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As OpenAPI writes it, e.g. `/devices/{id}`: a member of the operation's input by its name. */
  path: string;
  /**
   * The operation's name. What the path does not give comes from the query for GET and DELETE, else from a body of JSON.
   */
  operation: string;
  /** Where the operation wants a greater role for what this route is about. */
  role?: Role;
  /** One line for the documentation. */
  summary: string;
  /** Members of the input that the route gives by itself. */
  fixed?: Readonly<Record<string, unknown>>;
  /** Members of the operation's input that mean nothing with this route. */
  without?: readonly string[];
  /** Where it makes something: the path of what was made, from the answer. The status is then 201. */
  madeAt?(made: Made): string;
}

/** The least role that may use a route. */
export function roleOf(route: Pick<AdminRoute, "role">, operation: Pick<Operation, "role">): Role {
  return route.role ?? operation.role;
}

/** As much of answers as tells what was made. */
export interface Made {
  name?: string;
  device?: { id: string };
  service?: { name: string };
  keys?: readonly { id: string }[];
}

/** A path with any text in it. */
export function pathTo(...segments: readonly (string | undefined)[]): string {
  return segments.map((segment = "") => `/${encodeURIComponent(segment)}`).join("");
}

/** Names in the path: `["id"]`. */
export function pathNames({ path }: Pick<AdminRoute, "path">): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}

/** Members of the operation's input that a caller cannot give beside the path. */
export function takenNames(route: AdminRoute): string[] {
  return [...pathNames(route), ...Object.keys(route.fixed ?? {}), ...(route.without ?? [])];
}

export const takesBody = ({ method }: Pick<AdminRoute, "method">): boolean => method === "POST" || method === "PATCH";
