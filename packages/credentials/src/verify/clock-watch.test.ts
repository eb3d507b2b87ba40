import { describe, expect, it } from "vitest";
import { type ClockWatch, createClockWatch } from "./clock-watch.ts";

const start = 1_800_000_000;
const hour = 3600;

/** Attempts of one device, each with a fresh token made when it connects; gives the hint codes. */
function attempts(
  watch: ClockWatch,
  identity: string,
  offset: number,
  times: number,
  from = start,
): (string | undefined)[] {
  return Array.from({ length: times }, (_, index) => {
    const now = from + index * 10;
    return watch.observe(identity, now + offset, now)?.code;
  });
}

describe("one device", () => {
  it.each([
    [0, undefined],
    [-100, undefined],
    [120, undefined],
    [8 * hour, "clock_time_zone"],
    [-5 * hour, "clock_time_zone"],
    [5 * hour + 45 * 60 + 90, "clock_time_zone"],
    [-15 * 60, "clock_time_zone"],
    [300, "clock_offset"],
    [-8 * hour - 400, "clock_offset"],
    [20 * 86_400, "clock_offset"],
  ])("that is off by %d s with each fresh token: %s", (offset, code) => {
    expect(attempts(createClockWatch(), "dev-1", offset, 3)).toEqual([undefined, code, code]);
  });

  it("says by how much", () => {
    const watch = createClockWatch();
    attempts(watch, "dev-1", -8 * hour - 5, 1);
    const text =
      "The clock of the token's maker stays 8 h behind ours, a time zone's distance: it counts local time as UTC.";
    expect(watch.observe("dev-1", start + 60 - 8 * hour, start + 60)).toEqual({ code: "clock_time_zone", text });
  });

  it("that uses one token again and again only has an old token", () => {
    const watch = createClockWatch();
    for (let age = 0; age < 10 * hour; age += 900) expect(watch.observe("dev-1", start, start + age)).toBeUndefined();
  });

  it("that refreshes an old token is not blamed for its age", () => {
    const watch = createClockWatch();
    expect(watch.observe("dev-1", start, start + 3 * hour)).toBeUndefined();
    expect(watch.observe("dev-1", start + 3 * hour, start + 3 * hour)).toBeUndefined();
    expect(watch.observe("dev-1", start + 4 * hour, start + 6 * hour)).toBeUndefined();
  });

  it("keeps its offset while it uses a token of a wrong clock again", () => {
    const watch = createClockWatch();
    attempts(watch, "dev-1", 8 * hour, 2);
    expect(watch.observe("dev-1", start + 10 + 8 * hour, start + 2 * hour)?.code).toBe("clock_time_zone");
    expect(watch.observe("dev-1", start + 2 * hour + 8 * hour, start + 2 * hour)?.code).toBe("clock_time_zone");
  });

  it.each([-8 * hour, 8 * hour])("whose clock was off by %d s and is set right is forgiven", (offset) => {
    const watch = createClockWatch();
    attempts(watch, "dev-1", offset, 3);
    expect(watch.observe("dev-1", start + 100, start + 100)).toBeUndefined();
    expect(watch.observe("dev-1", start + 100, start + 300)).toBeUndefined();
  });

  it("whose clock was never set, or counts milliseconds, has no offset", () => {
    const watch = createClockWatch();
    for (let time = 0; time < 50; time += 10) {
      expect(watch.observe("dev-1", time, start + time)).toBeUndefined();
      expect(watch.observe("dev-2", (start + time) * 1000, start + time)).toBeUndefined();
    }
  });

  it.each([Number.NaN, 1.5, -1, Number.POSITIVE_INFINITY])("with iat %d is passed over", (iat) => {
    const watch = createClockWatch();
    expect(watch.observe("dev-1", iat, start)).toBeUndefined();
    expect(watch.observe("dev-1", start + 8 * hour, start)).toBeUndefined();
  });
});

describe("our own clock", () => {
  const fleet = (count: number) => Array.from({ length: count }, (_, index) => `dev-${index}`);

  it("is suspected when 8 devices are ahead by the same amount", () => {
    const watch = createClockWatch();
    const codes = fleet(9).map((id, index) => watch.observe(id, start + index + 1000 + index * 5, start + index)?.code);
    expect(codes).toEqual([...Array(7).fill(undefined), "own_clock_suspected", "own_clock_suspected"]);
  });

  it("says which way and by how much", () => {
    const watch = createClockWatch();
    const hints = fleet(8).map((id) => watch.observe(id, start + 7200, start));
    expect(hints.at(-1)?.text).toBe(
      "Our own clock seems to be 2 h behind that of 8 of 8 token makers: check this machine's time.",
    );
  });

  it("is told without an attempt, by how much it is off, for as long as that counts", () => {
    const watch = createClockWatch();
    expect(watch.ownOffset(start)).toBeUndefined();
    for (const id of fleet(7)) watch.observe(id, start + 7200, start);
    expect(watch.ownOffset(start)).toBeUndefined();
    watch.observe("dev-8", start + 7200, start);
    expect(watch.ownOffset(start)).toBe(-7200);
    expect(watch.ownOffset(start + 3600)).toBe(-7200);
    expect(watch.ownOffset(start + 3601)).toBeUndefined();
  });

  it("is suspected for tokens from the past only when they are fresh ones", () => {
    const watch = createClockWatch();
    // All made by one batch, a day ago: that they are equally old says nothing.
    for (const id of fleet(20)) expect(watch.observe(id, start - 86_400, start)).toBeUndefined();
    const codes = fleet(20).map((id) => watch.observe(id, start + 60 - 86_400, start + 60)?.code);
    expect(codes.slice(0, 7)).not.toContain("own_clock_suspected");
    expect(codes.slice(7)).toEqual(Array(13).fill("own_clock_suspected"));
  });

  it("needs four devices in five", () => {
    const suspicion = (wrong: number, right: number) => {
      const watch = createClockWatch();
      for (const id of fleet(right)) watch.observe(`right-${id}`, start, start);
      return fleet(wrong)
        .map((id) => watch.observe(id, start + 1000, start)?.code)
        .at(-1);
    };
    expect(suspicion(8, 2)).toBe("own_clock_suspected");
    expect(suspicion(12, 3)).toBe("own_clock_suspected");
    expect(suspicion(8, 3)).toBeUndefined();
    expect(suspicion(7, 0)).toBeUndefined();
  });

  it("is not suspected when devices are off by different amounts", () => {
    const watch = createClockWatch();
    for (const [index, id] of fleet(30).entries()) {
      expect(watch.observe(id, start + 1000 + index * 200, start)?.code).not.toBe("own_clock_suspected");
    }
  });

  it("counts one device once, and a device apart from the others keeps its own hint", () => {
    const watch = createClockWatch();
    expect(attempts(watch, "dev-1", 500, 20).at(-1)).toBe("clock_offset");
    for (const id of fleet(10)) watch.observe(`fleet-${id}`, start + 3200, start + 200);
    expect(watch.observe("dev-1", start + 700, start + 200)?.code).toBe("clock_offset");
    expect(watch.observe("fleet-dev-0", start + 3260, start + 260)?.code).toBe("own_clock_suspected");
  });

  it("forgets what is older than an hour", () => {
    const watch = createClockWatch();
    for (const id of fleet(10)) watch.observe(id, start + 1000, start);
    expect(watch.observe("late", start + 1000 + 3601, start + 3601)).toBeUndefined();
  });

  it("asks the 32 devices seen last", () => {
    const watch = createClockWatch();
    for (const id of fleet(100)) watch.observe(`old-${id}`, start, start);
    const codes = fleet(32).map((id) => watch.observe(id, start + 1000, start)?.code);
    expect(codes.indexOf("own_clock_suspected")).toBe(25);
  });
});

describe("memory", () => {
  it("holds the devices seen last", () => {
    const watch = createClockWatch({ size: 2 });
    attempts(watch, "a", 300, 1);
    attempts(watch, "b", 300, 1);
    attempts(watch, "a", 300, 1, start + 100);
    attempts(watch, "c", 300, 1);
    expect(watch.observe("a", start + 200 + 300, start + 200)?.code).toBe("clock_offset");
    expect(watch.observe("b", start + 200 + 300, start + 200)).toBeUndefined();
  });

  it.each([0, -1, 1.5, Number.NaN])("cannot have the size %d", (size) => {
    expect(() => createClockWatch({ size })).toThrow(TypeError);
  });
});
