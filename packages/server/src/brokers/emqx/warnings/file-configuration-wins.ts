import { ourHttpAuthenticator } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const fileConfigurationWins: WarningRule = {
  name: "file-configuration-wins",
  about:
    "EMQX was started again since Connack set it up, and our authenticator is gone. `authentication` in emqx.conf, or `EMQX_AUTHENTICATION`, takes the place of everything that was set up over the API at the next start. EMQX's API does not tell beforehand that a file holds something: it can be seen only afterwards, or in the file itself with `connack emqx config --check`.",
  find({ state, config, version, lastAppliedMs, nowMs }) {
    if (lastAppliedMs === undefined || ourHttpAuthenticator(state.authenticators, config) !== undefined) return [];
    const restarted = version.nodes.filter(({ isRunning, uptimeMs }) => isRunning && nowMs - uptimeMs > lastAppliedMs);
    if (restarted.length === 0) return [];
    return [
      {
        sentence: `Our authenticator is gone since EMQX was started again (${restarted.map(({ name }) => name).join(", ")}): a file or variable of EMQX holds another list.`,
        next: "take authentication out of emqx.conf and EMQX_AUTHENTICATION, or put ours there: connack emqx config",
      },
    ];
  },
};
