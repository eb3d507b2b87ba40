import type { WarningRule } from "./warning-rule.ts";

export const connackUnreachableFromEmqx: WarningRule = {
  name: "connack-unreachable-from-emqx",
  about:
    "EMQX was asked to connect to `brokers.emqx.connackUrl` and could not. It takes the set-up all the same, and then refuses every device that no other authenticator lets in.",
  find({ config, probe }) {
    if (probe === undefined || probe.isReached) return [];
    return [
      {
        sentence: `EMQX cannot reach Connack at ${config.connackUrl}: ${probe.said}.`,
        next: "start connack serve; check brokers.emqx.connackUrl, http.brokers.host and the firewall between them",
      },
    ];
  },
};
