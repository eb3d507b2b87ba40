import { PassThrough } from "node:stream";
import { Aedes, type Client } from "aedes";
import { expect, it, onTestFinished } from "vitest";
import { clientInternalsOf, internalsOf } from "./aedes-internals.ts";

async function openAedes(): Promise<Aedes> {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  return aedes;
}

it("are those of the version the guards were made for", async () => {
  const aedes = await openAedes();
  // For another version: run bare-aedes.test.ts, which tells what it still does, and read its changes.
  expect((aedes as unknown as { version: string }).version).toBe("2.0.0-beta.1");
  expect(internalsOf(aedes)).toBe(aedes);
  const client = aedes.handle(new PassThrough());
  expect(clientInternalsOf(client)).toBe(client);
  client.close();
});

it("are missed by name", async () => {
  const aedes = await openAedes();
  Object.assign(aedes, { registerClient: undefined, brokers: undefined });
  expect(() => internalsOf(aedes)).toThrow("missing: registerClient, brokers");
  expect(() => clientInternalsOf({} as Client)).toThrow("does not fit its guards");
});
