import type { WarningRule } from "./warning-rule.ts";

export const autoSubscribeByUserName: WarningRule = {
  name: "auto-subscribe-by-user-name",
  about:
    "EMQX subscribes every client to a topic with its user name in it, and asks nobody whether it may. A client can say any user name that its credential does not prove, and `+` and `#` in one count as wildcards: it then reads what is meant for others.",
  find({ state: { autoSubscribe } }) {
    const topics = autoSubscribe.map(({ topic }) => String(topic)).filter((topic) => topic.includes(`\${username}`));
    if (topics.length === 0) return [];
    return [
      {
        sentence: `EMQX subscribes clients to what they call themselves, without asking: ${topics.join(", ")}.`,
        next: `use \${clientid} there, which Connack gives to one device alone, or let devices subscribe by themselves`,
      },
    ];
  },
};
