import { z } from "zod";
import { tokenNamePattern } from "../provisioning/access-token-file.ts";
import { TokenProblem } from "../provisioning/access-tokens.ts";
import { type Operation, OperationError, operation, roles } from "./operation.ts";
import { type TokenView, tokenView } from "./token-view.ts";

/** A new token for the admin API: `token` is shown this once. */
export interface AddedToken extends TokenView {
  token: string;
}

const name = z.string().regex(tokenNamePattern, "letters, digits, dot, dash and underscore, at most 64");

const add = operation({
  name: "token.add",
  role: "admin",
  input: z.strictObject({
    name,
    role: z.enum(roles),
    /** Seconds from now on; a token without it holds until it is removed. */
    expiresIn: z
      .int()
      .min(60)
      .max(10 * 365 * 86_400)
      .optional(),
  }),
  change: ({ name, role }) => ({ detail: `access token ${name} with the role ${role}` }),
  async run({ accessTokens, nowMs }, { name, role, expiresIn }): Promise<AddedToken> {
    const expiry = expiresIn === undefined ? {} : { expiresAt: nowMs() + expiresIn * 1000 };
    try {
      const { secret, token } = await accessTokens.add({ name, role, ...expiry });
      return { ...tokenView(token, nowMs()), token: secret };
    } catch (error) {
      throw asOperationError(error);
    }
  },
});

const list = operation({
  name: "token.list",
  role: "admin",
  input: z.strictObject({}),
  run: ({ accessTokens, nowMs }) => ({ tokens: accessTokens.list().map((token) => tokenView(token, nowMs())) }),
});

const remove = operation({
  name: "token.remove",
  role: "admin",
  input: z.strictObject({ name: z.string().min(1).max(256) }),
  change: ({ name }) => ({ detail: `access token ${name}` }),
  async run({ accessTokens, nowMs }, { name }): Promise<{ removed: TokenView }> {
    try {
      return { removed: tokenView(await accessTokens.remove(name), nowMs()) };
    } catch (error) {
      throw asOperationError(error);
    }
  },
});

export const tokenOperations: readonly Operation[] = [add as Operation, list as Operation, remove as Operation];

const nextSteps: Record<TokenProblem["code"], string> = {
  token_exists: "choose another name, or take that one away: connack token remove <name>",
  token_not_found: "connack token list shows them",
  too_many_tokens: "take those away that nobody uses: connack token list, connack token remove <name>",
};

function asOperationError(error: unknown): unknown {
  if (!(error instanceof TokenProblem)) return error;
  return new OperationError(error.code, error.message, nextSteps[error.code]);
}
