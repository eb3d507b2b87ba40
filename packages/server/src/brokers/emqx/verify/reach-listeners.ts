import { connect as connectTcp } from "node:net";
import type { ListenerTarget, UntriedListener } from "./listener-target.ts";

const reachWithinMs = 5000;

/** Which listeners take a connection. One that nobody can connect to is no proof, and no failed one either. */
export async function reachListeners(
  targets: readonly ListenerTarget[],
): Promise<{ reached: ListenerTarget[]; unreached: UntriedListener[] }> {
  const problems = await Promise.all(targets.map(reach));
  return {
    reached: targets.filter((_, index) => problems[index] === undefined),
    unreached: targets.flatMap(({ name, url }, index) => {
      const problem = problems[index];
      return problem === undefined
        ? []
        : [{ name, why: `${name === url ? "it" : url} cannot be reached: ${problem}`, isUnproven: true as const }];
    }),
  };
}

function reach({ url }: ListenerTarget): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp({ host: hostname.replace(/^\[|\]$/g, ""), port: portOf(url, port) });
  return new Promise((resolve) => {
    const end = (problem: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(end, reachWithinMs, `no answer in ${reachWithinMs / 1000} s`);
    socket.once("connect", () => end(undefined));
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) => end(code ?? message));
  });
}

/** The URL class leaves out 80 and 443. */
function portOf(url: string, port: string): number {
  return port === "" ? (url.startsWith("wss:") ? 443 : 80) : Number(port);
}
