import { askServer } from "../commands/ask-server.ts";
import { OperationError } from "../operations/operation.ts";

/** Operations under way at once: the server does some thousands a second with it, and stays open to others. */
export const mostAtOnce = 32;
const answerWithinMs = 30_000;

/** Runs an operation in the server; throws `OperationError`, `not_running` where no server answers. */
export type CallServer = <Answer>(operation: string, input: unknown) => Promise<Answer>;

/** Operations of the server that runs on this data folder, many at once but not too many. Later ones wait in order. */
export function createServerCalls(folder: string): CallServer {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return async <Answer>(operation: string, input: unknown): Promise<Answer> => {
    if (underWay >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay++;
    try {
      const answer = await askServer(folder, operation, input, answerWithinMs);
      if (!answer) throw noServer(folder);
      return answer.value as Answer;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else underWay--;
    }
  };
}

function noServer(folder: string): OperationError {
  return new OperationError(
    "not_running",
    `no server runs on the data folder ${folder}: it has to make the identities for the simulation`,
    "connack serve starts one; --data names another folder",
  );
}
