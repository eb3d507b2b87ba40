import { isEnabled } from "./chain.ts";
import { isLoopbackBind, nameOf } from "./listener.ts";
import type { WarningRule } from "./warning-rule.ts";

export const plainListenerOpen: WarningRule = {
  name: "plain-listener-open",
  about:
    "A listener without TLS is bound to more than this machine. Passwords and tokens can be read on the way, and used by whoever read them.",
  find({ listeners }) {
    const open = listeners.filter(
      (each) => isEnabled(each) && (each["type"] === "tcp" || each["type"] === "ws") && !isLoopbackBind(each["bind"]),
    );
    if (open.length === 0) return [];
    return [
      {
        sentence: `Without TLS, and bound to more than this machine: ${open.map(nameOf).join(", ")}.`,
        next: "give devices the TLS listener (8883, wss 8084), and bind this one to 127.0.0.1 or a network of your own",
      },
    ];
  },
};
