import { expect, it } from "vitest";
import { openBench } from "./emqx-commands.ts";

it("connack emqx plan reads the listeners, and warns of one that asks nobody", async () => {
  const bench = await openBench();
  try {
    const path = "/listeners/tcp%3Adefault";
    const listener = (await bench.get(path)) as object;
    const names = async () => {
      const { warnings } = (await bench.json("emqx plan")) as unknown as { warnings: { name: string }[] };
      return warnings.map(({ name }) => name);
    };
    expect(await names()).not.toContain("listener-without-authentication");
    bench.emqx.intercept = ({ path: asked }) =>
      decodeURIComponent(asked).endsWith("/listeners/tcp:default")
        ? {
            ...{ status: 200, contentType: "application/json" },
            body: JSON.stringify({ ...listener, enable_authn: false }),
          }
        : undefined;
    expect(await names()).toContain("listener-without-authentication");
  } finally {
    await bench.close();
  }
}, 30_000);
