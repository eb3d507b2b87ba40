import { EventEmitter } from "node:events";
import type { Client } from "aedes";
import { expect, it } from "vitest";
import { containClient } from "./contain-client.ts";

/** A client like aedes' own, whose work on packets fails for every packet of type "bad". */
function openClient() {
  const worked: string[] = [];
  const failures: unknown[] = [];
  const parser = Object.assign(new EventEmitter(), {
    packet: { length: -1 },
    parse(chunk: Buffer) {
      for (const cmd of chunk.toString().split(" ")) parser.emit("packet", { cmd });
      return 0;
    },
  });
  const work = ({ cmd }: { cmd: string }) => {
    worked.push(cmd);
    if (cmd === "bad") throw new Error("aedes failed");
  };
  parser.on("packet", work);
  const client = Object.assign(new EventEmitter(), {
    subscriptions: {},
    _parser: parser,
    _nextBatch: () => {},
    _parsingBatch: 1,
    deliver0: () => {},
    deliverQoS: () => {},
    waitForDrain: () => {},
    _pendingDrains: [],
    connecting: false,
    connected: true,
    closed: false,
  });
  client.once("connected", () => work({ cmd: "bad" }));
  containClient(client as unknown as Client, {
    maxConnectBytes: 100,
    inspect: ({ cmd }) => {
      if (cmd === "refused") throw new Error("refused");
    },
    fail: (error) => failures.push(error),
  });
  return { client, parser, worked, failures };
}

it("turns an exception of aedes into the end of the client, once, and parses no more", () => {
  const { failures, parser, worked } = openClient();
  parser.parse(Buffer.from("good"));
  parser.parse(Buffer.from("bad never"));
  parser.parse(Buffer.from("never"));
  expect(worked).toEqual(["good", "bad"]);
  expect(failures).toEqual([new Error("aedes failed")]);
});

it("keeps a refused packet from aedes", () => {
  const { failures, parser, worked } = openClient();
  parser.parse(Buffer.from("good refused never"));
  expect(worked).toEqual(["good"]);
  expect(failures).toEqual([new Error("refused")]);
});

it("contains the work on packets that waited for the CONNACK", () => {
  const { client, failures } = openClient();
  client.emit("connected");
  expect(failures).toEqual([new Error("aedes failed")]);
});

it("refuses a first packet that is too large at its header, and only that", () => {
  const { client, failures, parser } = openClient();
  parser.packet.length = 101;
  parser.parse(Buffer.from("good"));
  expect(failures).toEqual([]);
  client.connected = false;
  parser.parse(Buffer.from("good"));
  expect(failures).toHaveLength(1);
});
