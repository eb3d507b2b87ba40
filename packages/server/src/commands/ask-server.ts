import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { OperationError } from "../operations/operation.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { controlSocketPath } from "../state/data-folder-path.ts";

/**
 * Has the server that runs on this data folder do one operation; `undefined` when none listens. Throws
 * `OperationError`: the server's own, `no_answer` when none comes within `withinMs` or the server goes away, and
 * `bad_answer`.
 */
export function askServer(
  folder: string,
  name: string,
  input: unknown,
  withinMs: number,
): Promise<{ value: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    let late = false;
    const fail = ({ code }: NodeJS.ErrnoException): void => {
      if (code === "ENOENT" || code === "ECONNREFUSED") resolve(undefined);
      else if (late) reject(noAnswer(`the server did not answer within ${withinMs / 1000} s`, name, input));
      else if (code === "ECONNRESET" || code === "EPIPE")
        reject(noAnswer("the server went away before it answered", name, input));
      else reject(new OperationError("no_answer", `the server cannot be asked (${code})`, "connack status"));
    };
    const asked: ClientRequest = request(
      { socketPath: controlSocketPath(folder), path: `/operations/${name}`, method: "POST", headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          try {
            resolve({ value: readAnswer(response, Buffer.concat(chunks).toString("utf8")) });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    const timer = setTimeout(() => {
      late = true;
      asked.destroy();
    }, withinMs);
    asked.on("error", fail);
    asked.on("close", () => clearTimeout(timer));
    asked.end(body);
  });
}

function readAnswer({ statusCode }: IncomingMessage, text: string): unknown {
  const value = parseJson(text);
  if (statusCode === 200) return value;
  const { code, message, next } = (value ?? {}) as Partial<OperationError>;
  throw new OperationError(code ?? "internal_error", message ?? "the server failed", next);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OperationError(
      "bad_answer",
      "the server's answer could not be read",
      "are server and command line of the same version?",
    );
  }
}

const reading =
  /^(?:status|audit\.(?:query|reasons)|device\.(?:list|show|timeline)|key\.list|credential\.explain|acl\.(?:show|groups?|test|who)|service\.(?:list|show|lend)|backup\.(?:begin|look|end)|verify\.(?:lend|return))$/;

/** Nobody knows whether an operation that was sent has been done: says so, and how to see. */
function noAnswer(what: string, name: string, input: unknown): OperationError {
  if (reading.test(name)) return new OperationError("no_answer", what, "try again");
  return new OperationError("no_answer", `${what}; the change may have been done`, whereToLook(name, input));
}

function whereToLook(operation: string, input: unknown): string {
  const { id, device = id, name, group } = input as Record<"id" | "device" | "name" | "group", string | undefined>;
  if (operation.startsWith("service.")) return `connack service show ${quoteWord(name ?? "")}`;
  if (operation === "acl.set")
    return `connack acl show ${group === undefined ? "" : "--group "}${quoteWord(group ?? id ?? "")}`;
  if (operation.startsWith("config.")) return "connack status";
  if (operation.startsWith("key.") || device === undefined) return "connack key list";
  return `connack device show ${quoteWord(device)}`;
}
