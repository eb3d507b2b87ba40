import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { endFormerPasswords, type FormerPasswords } from "./end-former-passwords.ts";
import type { Device } from "./registry/device.ts";
import { type DeviceChange, StoreUnavailable } from "./registry/device-registry.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const day = 86_400_000;

function open() {
  const kicks: string[] = [];
  const errors: unknown[] = [];
  let isForgotten = false;
  let tell: (change: DeviceChange) => void = () => {};
  let row: Pick<Device, "previousPassword"> | Error = {};
  const found = () => {
    if (row instanceof Error) throw row;
    return row as Device;
  };
  const formers: FormerPasswords = endFormerPasswords({
    registry: {
      peek: () => (isForgotten ? undefined : { device: found() }),
      find: found,
      onChange(listener) {
        tell = listener;
        return () => {
          tell = () => {};
        };
      },
    },
    kick: (id) => kicks.push(id),
    nowMs: Date.now,
    onError: (error) => errors.push(error),
  });
  const set = (hash?: string, inMs = 0) => {
    row = hash === undefined ? {} : { previousPassword: { hash, until: Date.now() + inMs } };
  };
  const changed = async (kind: DeviceChange["kind"]) => {
    tell({ id: "s", kind });
    await vi.advanceTimersByTimeAsync(0);
  };
  const forget = () => {
    isForgotten = true;
  };
  return { forget, kicks, errors, formers, set, changed, fail: (error: Error) => (row = error) };
}

const past = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("endFormerPasswords", () => {
  it("ends the connections when the former password's time is over, and not before", async () => {
    const { kicks, set, changed } = open();
    set("old", 5000);
    await changed("at next connect");
    await past(4999);
    expect(kicks).toEqual([]);
    await past(1);
    expect(kicks).toEqual(["s"]);
    await past(30 * day);
    expect(kicks).toEqual(["s"]);
  });

  it("waits longer than one timer can", async () => {
    const { kicks, set, changed } = open();
    set("old", 30 * day);
    await changed("at next connect");
    await past(30 * day - 1);
    expect(kicks).toEqual([]);
    await past(1);
    expect(kicks).toEqual(["s"]);
  });

  it("a rotation that was made before the start is known from the first login on", async () => {
    const { kicks, set, formers } = open();
    set("old", 5000);
    formers.letIn("s");
    formers.letIn("s");
    await past(5000);
    expect(kicks).toEqual(["s"]);
  });

  it("an entry that memory has no more tells nothing", async () => {
    const { kicks, set, formers, forget } = open();
    set("old", 5000);
    formers.letIn("s");
    forget();
    formers.letIn("s");
    expect(kicks).toEqual([]);
    await past(5000);
    expect(kicks).toEqual(["s"]);
  });

  it("another rotation ends the password before the former one at once", async () => {
    const { kicks, set, changed } = open();
    set("oldest", 5000);
    await changed("at next connect");
    set("old", 9000);
    await changed("at next connect");
    expect(kicks).toEqual(["s"]);
    await past(8999);
    expect(kicks).toEqual(["s"]);
    await past(1);
    expect(kicks).toEqual(["s", "s"]);
  });

  it("other changes cut nobody: rights of topics, and a password whose time has long been over", async () => {
    const { kicks, set, changed } = open();
    await changed("at next connect");
    set("old", 5000);
    await changed("at next connect");
    await changed("at next connect");
    await past(5000);
    expect(kicks).toEqual(["s"]);
    await changed("at next connect");
    await past(day);
    expect(kicks).toEqual(["s"]);
  });

  it.each(["rights", "removed"] as const)("%s: is cut elsewhere, and no more waited for", async (kind) => {
    const { kicks, set, changed } = open();
    set("old", 5000);
    await changed("at next connect");
    await changed(kind);
    await past(day);
    expect(kicks).toEqual([]);
  });

  it("goes on waiting while the store is away, tells other errors, and stops when told to", async () => {
    const { kicks, errors, set, changed, fail, formers } = open();
    set("old", 5000);
    await changed("at next connect");
    fail(new StoreUnavailable("missing", "gone"));
    await changed("at next connect");
    expect(errors).toEqual([]);
    fail(new Error("odd"));
    await changed("at next connect");
    expect(errors).toEqual([new Error("odd")]);
    await past(5000);
    expect(kicks).toEqual(["s"]);
    set("old", 5000);
    await changed("at next connect");
    formers.stop();
    await past(day);
    expect(kicks).toEqual(["s"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
