import { describe, expect, it } from "vitest";
import { describeTopicDenial } from "./topic-denial.ts";

const peer = { deviceId: "lamp $& 1", clientId: "lamp-1", peerHost: "192.0.2.7" };
const publish = { type: "publish_denied", topic: "$SYS/a b", qos: 1, retain: false, will: false, ...peer } as const;
const subscribe = { type: "subscribe_denied", filter: "other/#", qos: 0, byBroker: false, ...peer } as const;

describe("a denial at the embedded broker", () => {
  it("has device and topic in its fix, as words of a shell", () => {
    expect(describeTopicDenial(publish, "ignore").fix).toMatch(
      /^connack acl test 'lamp \$& 1' publish '\$SYS\/a b' names .* connack acl set 'lamp \$& 1' changes /,
    );
    expect(describeTopicDenial(subscribe, "ignore").fix).toContain("acl test 'lamp $& 1' subscribe 'other/#' names");
  });

  it.each([
    [publish, "ignore", "may not publish to this topic. The message was dropped."],
    [publish, "disconnect", "may not publish to this topic. The connection was ended."],
    [{ ...publish, will: true }, "disconnect", "Its will is dropped; the connection is not ended."],
    [subscribe, "ignore", "may not subscribe to this filter. The subscription was not made."],
    [subscribe, "disconnect", "The connection was ended."],
    [{ ...subscribe, byBroker: true }, "disconnect", "The broker did not subscribe for it."],
  ] as const)("says what came of it: %j with %s", (event, denyAction, text) => {
    expect(describeTopicDenial(event, denyAction).sentence.endsWith(text)).toBe(true);
  });
});
