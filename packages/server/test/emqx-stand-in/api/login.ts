import { isObject } from "../json.ts";
import { randomText } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, empty, failure, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";

const kind = "validation_error";
const required = (path: string) => invalid({ reason: "required_field", path, kind });

function login(node: StandInNode, { body, headers }: ApiCall): ApiAnswer {
  const json = headers["content-type"]?.startsWith("application/json");
  if ((body !== undefined && !json) || Array.isArray(body)) return empty(500);
  const given = isObject(body) ? body : {};
  if (given["username"] === undefined) return required("username");
  if (given["password"] === undefined) return required("password");
  const user = node.state.users.find((one) => one.username === given["username"]);
  if (!user || user.password !== given["password"]) return failure(401, "BAD_USERNAME_OR_PWD", "Auth failed");
  const token = randomText();
  node.state.tokens.set(token, { username: user.username, usedAt: Date.now() });
  return ok({ license: { edition: "ce" }, token, version: "5.8.0" });
}

function logout(node: StandInNode, { body, caller }: ApiCall): ApiAnswer {
  const username = isObject(body) ? body["username"] : undefined;
  if (username === undefined) return required("username");
  if (caller?.kind !== "bearer" || caller.username !== username)
    return failure(401, "WRONG_TOKEN_OR_USERNAME", "Ensure your token & username");
  node.state.tokens.delete(caller.token);
  return noContent;
}

const lengthProblem = (password: unknown) =>
  typeof password !== "string" || password.length < 8 || password.length > 64
    ? badRequest("The range of password length is 8~64")
    : undefined;

function addUser(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const { username, password, description } = isObject(body) ? body : {};
  const short = lengthProblem(password);
  if (short) return short;
  if (node.state.users.some((one) => one.username === username)) return badRequest("username_already_exists");
  const user = { username: String(username), password: String(password), description: String(description ?? "") };
  node.state.users.push(user);
  return ok({ description: user.description, username: user.username });
}

const noUser = failure(404, "USER_NOT_FOUND", "username_not_found");

function changeUser(node: StandInNode, { body, params }: ApiCall): ApiAnswer {
  const user = node.state.users.find((one) => one.username === params["name"]);
  if (!user) return noUser;
  if (isObject(body) && body["description"] !== undefined) user.description = String(body["description"]);
  return ok({ description: user.description, username: user.username });
}

function removeUser(node: StandInNode, { params, caller }: ApiCall): ApiAnswer {
  const name = params["name"] ?? "";
  if (caller?.kind === "bearer" && caller.username === name)
    return failure(400, "NOT_ALLOWED", `Cannot delete user <<"${name}">>`);
  if (!node.state.users.some((one) => one.username === name)) return noUser;
  node.state.users = node.state.users.filter((one) => one.username !== name);
  return noContent;
}

function changePassword(node: StandInNode, { body, params }: ApiCall): ApiAnswer {
  const user = node.state.users.find((one) => one.username === params["name"]);
  const given = isObject(body) ? body : {};
  if (!user) return notFound("username_not_found");
  const short = lengthProblem(given["new_pwd"]);
  if (short) return short;
  if (user.password !== given["old_pwd"]) return failure(400, "ERROR_PWD_NOT_MATCH", "Old password not match");
  user.password = String(given["new_pwd"]);
  for (const [token, { username }] of node.state.tokens)
    if (username === user.username) node.state.tokens.delete(token);
  return noContent;
}

export const loginRoutes: Route[] = [
  { path: "/login", open: true, anyBody: true, methods: { POST: login } },
  { path: "/logout", bearerOnly: "logout", methods: { POST: logout } },
  {
    path: "/users",
    bearerOnly: "users",
    methods: {
      GET: (node) => ok(node.state.users.map(({ description, username }) => ({ description, username }))),
      POST: addUser,
    },
  },
  { path: "/users/:name", bearerOnly: "users", methods: { PUT: changeUser, DELETE: removeUser } },
  { path: "/users/:name/change_pwd", bearerOnly: "users", methods: { POST: changePassword } },
];
