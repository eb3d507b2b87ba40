import type { RunningConnack } from "../../server/test/run-connack.ts";

/** Where the embedded broker listens for WebSocket, as the log says when it is ready. */
export function webSocketUrl(server: RunningConnack): string {
  const url = /"ws":"([^"]+)"/.exec(server.output().stdout)?.[1];
  if (url === undefined) throw new Error("the embedded broker has no WebSocket listener");
  return url;
}
