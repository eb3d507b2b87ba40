import { type AnswerContext, explainAnswer, explainUnreadable } from "./explain-answer.ts";
import type { Json } from "./management-client.ts";
import type { Incoming } from "./send-request.ts";

type Call = (method: string, path: string, body?: Json, authorization?: string) => Promise<Incoming>;

/** The login of a dashboard user: its token, renewed when EMQX does not take it any more. */
export interface DashboardLogin {
  /** Logs in where that was not done yet. Throws `ManagementError`. */
  token(context: AnswerContext): Promise<string>;
  /** Another one than `former`; calls that were refused at the same time share it. */
  renew(former: string, context: AnswerContext): Promise<string>;
  /** Whether EMQX refuses the token for its age: 60 minutes after its last use, or after a restart elsewhere. */
  hasRunOut(answer: Incoming): boolean;
  /** What must not show. */
  known(): string[];
  /** Logs out; whatever EMQX says to that. */
  end(): Promise<void>;
}

export function createDashboardLogin({ username, password }: Credentials, call: Call): DashboardLogin {
  let current: Promise<string> | undefined;
  let token: string | undefined;
  let replaced: string | undefined;

  async function logIn(context: AnswerContext): Promise<string> {
    const answer = await call("POST", "/login", { username, password });
    if (answer.status < 200 || answer.status > 299) throw explainAnswer(answer, context);
    token = tokenOf(answer);
    if (token === undefined) throw explainUnreadable(answer, context);
    return token;
  }

  function begin(context: AnswerContext): Promise<string> {
    const login = logIn(context);
    current = login;
    // A refusal is told to whoever asked, and tried again for the next one.
    login.catch(() => {
      if (current === login) current = undefined;
    });
    return login;
  }

  return {
    token: (context) => current ?? begin(context),
    renew(former, context) {
      if (current !== undefined && former === replaced) return current;
      replaced = former;
      return begin(context);
    },
    hasRunOut: ({ status, body }) => status === 401 && /"(TOKEN_TIME_OUT|BAD_TOKEN)"/.test(body),
    known: () => (token === undefined ? [] : [token]),
    async end() {
      if (token === undefined) return;
      const bearer = `Bearer ${token}`;
      current = token = undefined;
      await call("POST", "/logout", { username }, bearer).catch(() => {});
    },
  };
}

interface Credentials {
  username: string;
  password: string;
}

function tokenOf({ body }: Incoming): string | undefined {
  try {
    const { token } = JSON.parse(body) as { token?: unknown };
    // As a header may hold it, and no longer than one.
    return typeof token === "string" && /^[\x21-\x7e]{1,8192}$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
