import type { IncomingMessage } from "node:http";
import { type Role, roles } from "../../operations/operation.ts";
import type { AccessToken, AccessTokens } from "../../provisioning/access-tokens.ts";
import { type Problem, RequestProblem } from "./problem.ts";

/** Tells whose token a request has. Throws `RequestProblem`: 401 without a good one, 403 where its role is too small. */
export type Authenticate = (request: IncomingMessage, role: Role) => AccessToken;

const howToGetOne = "make one: connack token add <name> --role viewer; send it as Authorization: Bearer <token>";

/** Bearer tokens in the Authorization header only (RFC 6750 §2.1): one in a URL ends in logs. */
export function createAuthenticate(
  tokens: Pick<AccessTokens, "find">,
  onRefused: (request: IncomingMessage) => void,
): Authenticate {
  return (request, role) => {
    const { authorization } = request.headers;
    if (authorization === undefined)
      throw new RequestProblem(unauthorized("no_token", "an access token is needed", howToGetOne));
    // Whatever is not of the right form is an unknown token.
    const found = tokens.find(/^bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? "");
    if (!found.ok) {
      onRefused(request);
      const isOver = found.why === "expired";
      throw new RequestProblem(
        isOver
          ? unauthorized("expired_token", "the access token has expired", howToGetOne)
          : unauthorized("wrong_token", "the access token is unknown, or was removed", howToGetOne),
      );
    }
    const { token } = found;
    if (roles.indexOf(token.role) >= roles.indexOf(role)) return token;
    throw new RequestProblem({
      status: 403,
      code: "not_allowed",
      detail: `this wants the role ${role}, and the token ${token.name} has the role ${token.role}`,
      fix: `connack token add <name> --role ${role}`,
      headers: { "www-authenticate": challenge("insufficient_scope", `the role ${role} is needed`) },
    });
  };
}

/** RFC 6750 §3.1: without any credential the challenge names no error. */
function unauthorized(code: string, detail: string, fix: string): Problem {
  const given = code === "no_token" ? challenge() : challenge("invalid_token", detail);
  return { status: 401, code, detail, fix, headers: { "www-authenticate": given } };
}

function challenge(error?: string, description?: string): string {
  const realm = 'Bearer realm="connack"';
  return error === undefined ? realm : `${realm}, error="${error}", error_description="${description}"`;
}
