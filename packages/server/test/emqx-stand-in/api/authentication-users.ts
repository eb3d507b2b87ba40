import type { DatabaseUser } from "../authn/database-authenticator.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, created, failure, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Handler, Route } from "./api-call.ts";
import { paged } from "./paging.ts";
import { wrongObject } from "./read-body.ts";
import { bool, text } from "./schema.ts";

type Users = Map<string, DatabaseUser>;

const fields = { is_superuser: { check: bool }, password: { check: text, required: true } } as const;
const newUser = { fields: { ...fields, user_id: { check: text, required: true } } } as const;
const view = (user: DatabaseUser) => ({ is_superuser: user.superuser, user_id: user.userId });
const absent = notFound("User not found");

/** Looks the authenticator up before the handler runs. */
function withUsers(handler: (users: Users, call: ApiCall) => ApiAnswer): Handler {
  return (node: StandInNode, call: ApiCall) => {
    const id = call.params["id"] ?? "";
    const member = node.chain.find(id);
    if (!member) return badRequest(`User error: {not_found,{authenticator,<<"${id}">>}}`);
    if (member.config["backend"] !== "built_in_database") return badRequest("User error: unsupported_operation");
    return handler(member.users, call);
  };
}

function list(users: Users, { query }: ApiCall): ApiAnswer {
  const [like, superuser] = [query.get("like_user_id"), query.get("is_superuser")];
  const found = [...users.values()]
    .filter((user) => like === null || user.userId.includes(like))
    .filter((user) => superuser === null || String(user.superuser) === superuser);
  return paged(found.map(view), query, { count: like === null });
}

function add(users: Users, { body }: ApiCall): ApiAnswer {
  const wrong = wrongObject(body, newUser);
  if (wrong) return wrong;
  const { user_id, password, is_superuser } = body as JsonObject;
  if (users.has(String(user_id))) return failure(409, "ALREADY_EXISTS", "User already exists");
  const user = { userId: String(user_id), password: String(password), superuser: String(is_superuser) === "true" };
  users.set(user.userId, user);
  return created(view(user));
}

function change(users: Users, { body, params }: ApiCall): ApiAnswer {
  const wrong = wrongObject(body, { fields });
  if (wrong) return wrong;
  const user = users.get(params["user"] ?? "");
  if (!user || !isObject(body)) return absent;
  user.password = String(body["password"]);
  if (body["is_superuser"] !== undefined) user.superuser = String(body["is_superuser"]) === "true";
  return ok(view(user));
}

export const authenticationUserRoutes: Route[] = [
  { path: "/authentication/:id/users", methods: { GET: withUsers(list), POST: withUsers(add) } },
  {
    path: "/authentication/:id/users/:user",
    methods: {
      GET: withUsers((users, { params }) => {
        const user = users.get(params["user"] ?? "");
        return user ? ok(view(user)) : absent;
      }),
      PUT: withUsers(change),
      DELETE: withUsers((users, { params }) => (users.delete(params["user"] ?? "") ? noContent : absent)),
    },
  },
];
