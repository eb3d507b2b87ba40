import { ourHttpAuthenticator } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const connackCertificateNotChecked: WarningRule = {
  name: "connack-certificate-not-checked",
  about:
    "EMQX asks Connack over https and does not check the certificate (`verify_none`, its default). Whoever sits between them can read passwords and our bearer token, and answer in our place.",
  find({ state, config }) {
    const ours = ourHttpAuthenticator(state.authenticators, config);
    const ssl = ours?.["ssl"];
    if (typeof ours?.["url"] !== "string" || !ours["url"].startsWith("https:")) return [];
    const verify = typeof ssl === "object" && ssl !== null && !Array.isArray(ssl) ? ssl["verify"] : undefined;
    if (verify === "verify_peer") return [];
    return [
      {
        sentence: "EMQX does not check the certificate of Connack.",
        next: "keep the way between them inside a network of your own, or name the CA in brokers.emqx.connackCaFile, and apply",
      },
    ];
  },
};
