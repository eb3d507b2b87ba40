import { describe, expect, it } from "vitest";
import { disconnectReasons, disconnectSentence } from "./disconnect-reasons.ts";

/** As recorded from EMQX 5.8, and from its documentation. */
const fromEmqx = ["normal", "disconnect_with_will_message", "tcp_closed", "keepalive_timeout", "discarded"].concat([
  "takenover",
  "kicked",
  "not_authorized",
  "internal_error",
]);

describe("disconnectSentence", () => {
  it.each(fromEmqx)("knows EMQX's %s", (reason) => {
    expect(disconnectSentence(reason, "emqx")).not.toMatch(/_|the broker says/);
  });

  it("tells what one name means at each broker", () => {
    expect(disconnectSentence("not_authorized", "embedded")).toBe("it published or subscribed to what it may not");
    expect(disconnectSentence("not_authorized", "emqx")).toMatch(/^its credential reached its end, or /);
    expect(disconnectSentence("by_client", "embedded")).toBe(disconnectSentence("normal", "emqx"));
    expect(disconnectSentence("protocol_error", "emqx")).toMatch(/what MQTT does not allow/);
  });

  it("passes on a name that nobody knows, also one of every object", () => {
    expect(disconnectSentence("some_new_error", "emqx")).toBe("the broker says: some new error");
    expect(disconnectSentence("constructor")).toBe("the broker says: constructor");
  });

  it("has each name once, and no sentence that ends like one", () => {
    expect(new Set(disconnectReasons).size).toBe(disconnectReasons.length);
    expect(disconnectReasons).toContain("taken_over");
    for (const reason of disconnectReasons) expect(disconnectSentence(reason)).toMatch(/^[a-zE].*[^.]$/);
  });
});
