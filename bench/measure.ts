import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadJob, LoadResult, ToGenerator } from "./load-job.ts";
import { cpuMicros, residentMb, untilAtRest } from "./process-use.ts";
import type { Contender } from "./start-servers.ts";

/** What one server did with one load in one round. */
export interface Measured extends LoadResult {
  server: string;
  /** User and system time of all threads of the server, what it did after the last answer included. */
  cpuMicrosPerAnswer: number;
  residentMb: number;
}

export interface Generator {
  prepare(message: Extract<ToGenerator, { type: "prepare" }>): Promise<void>;
  measure(server: Contender, job: Pick<LoadJob, "load" | "seconds" | "devices"> & Partial<LoadJob>): Promise<Measured>;
  stop(): void;
}

/** The process that makes the load. */
export function startGenerator(): Generator {
  const child = fork(fileURLToPath(new URL("./load-generator.ts", import.meta.url)));
  return {
    prepare: (message) => ask(child, message),
    async measure(server, job) {
      await untilAtRest(server.pid);
      const before = cpuMicros(server.pid);
      const { port, constant } = server;
      const answer = ask<LoadResult>(child, {
        type: "run",
        job: { firstPassword: 0, onceEach: false, ...job, port, constant },
      });
      const result = await Promise.race([answer, server.died]);
      if (!result) throw new Error(`${server.name} was stopped`);
      await untilAtRest(server.pid);
      const cpu = cpuMicros(server.pid) - before;
      const answers = result.answers + (result.passwords?.answers ?? 0);
      return {
        ...result,
        server: server.name,
        cpuMicrosPerAnswer: cpu / answers,
        residentMb: residentMb(server.pid).now,
      };
    },
    stop: () => void (child.connected && child.disconnect()),
  };
}

function ask<Answer>(child: ChildProcess, message: ToGenerator): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("the load generator ended"));
    child.once("exit", ended);
    child.once("message", (answer) => {
      child.off("exit", ended);
      resolve(answer as Answer);
    });
    child.send(message);
  });
}
