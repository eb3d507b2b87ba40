import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { removeFolder, startConnack } from "../test/run-connack.ts";

const minutes = 10;

it(`connections that EMQX opened and left idle for ${minutes} minutes answer their first request`, async () => {
  const server = await startConnack();
  const sockets = Array.from({ length: 8 }, () => connect(server.httpPort, "127.0.0.1"));
  const unasked: string[] = [];
  for (const socket of sockets) {
    socket.once("data", (chunk) => unasked.push(chunk.toString()));
    socket.once("end", () => unasked.push("closed"));
  }
  await sleep(minutes * 60_000);
  expect(unasked).toEqual([]);
  const body = '{"clientid":"c","username":"u","password":"p"}';
  const answers = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<string>((resolve, reject) => {
          socket.on("data", (chunk) => resolve(chunk.toString()));
          socket.on("error", reject);
          socket.write(
            `POST /mqtt/auth HTTP/1.1\r\ncontent-length: ${body.length}\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\r\n${body}`,
          );
        }),
    ),
  );
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\{"result":"deny"\}$/s);
  for (const socket of sockets) socket.destroy();
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});
