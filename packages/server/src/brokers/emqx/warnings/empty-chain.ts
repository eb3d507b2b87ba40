import type { WarningRule } from "./warning-rule.ts";

export const emptyChain: WarningRule = {
  name: "empty-chain",
  about: "EMQX has no authenticator. It then lets everybody in, with any name and any password.",
  find({ state }) {
    if (state.authenticators.length > 0) return [];
    return [
      {
        sentence: "EMQX has no authenticator and lets everybody in.",
        next: "have Connack set up with connack emqx apply, or make an authenticator before a device or stranger connects",
      },
    ];
  },
};
