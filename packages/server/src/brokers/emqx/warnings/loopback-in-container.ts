import { isLoopbackUrl } from "./listener.ts";
import type { WarningRule } from "./warning-rule.ts";

export const loopbackInContainer: WarningRule = {
  name: "loopback-in-container",
  about:
    "`brokers.emqx.connackUrl` is 127.0.0.1, and EMQX runs on another machine, or in a container, where that is EMQX's own.",
  find({ config, version, probe }) {
    if (!isLoopbackUrl(config.connackUrl)) return [];
    const elsewhere = config.url !== undefined && !isLoopbackUrl(config.url);
    // The image's folder; packages of distributions have others.
    const inImage = version.nodes.some(({ systemPath }) => systemPath === "/opt/emqx");
    if (probe?.isReached === true || !(elsewhere || (inImage && probe?.isReached === false))) return [];
    const why = elsewhere ? "EMQX is on another machine" : "EMQX seems to run in a container";
    return [
      {
        sentence: `EMQX is to ask Connack at ${config.connackUrl}, and ${why}: there, that is not us.`,
        next: "set http.brokers.host so that EMQX can reach us, and brokers.emqx.connackUrl to that address, e.g. http://connack:8003",
      },
    ];
  },
};
