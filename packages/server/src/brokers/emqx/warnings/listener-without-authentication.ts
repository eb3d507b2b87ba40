import { isEnabled } from "./chain.ts";
import { nameOf } from "./listener.ts";
import type { WarningRule } from "./warning-rule.ts";

export const listenerWithoutAuthentication: WarningRule = {
  name: "listener-without-authentication",
  about: "A listener has `enable_authn` off. Whoever connects there is let in, and Connack is never asked.",
  find({ listeners }) {
    return listeners
      .filter((each) => isEnabled(each) && each["enable_authn"] === false)
      .map((each) => ({
        sentence: `Listener ${nameOf(each)} lets everybody in: its enable_authn is off.`,
        next: "switch it on in EMQX's dashboard (Management → Listeners), or stop the listener",
      }));
  },
};
