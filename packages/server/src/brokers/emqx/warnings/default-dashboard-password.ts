import type { WarningRule } from "./warning-rule.ts";

export const defaultDashboardPassword: WarningRule = {
  name: "default-dashboard-password",
  about:
    "EMQX's dashboard lets in `admin` with the password that every new EMQX has, and that everybody knows. Whoever reaches the dashboard owns the broker. Connack tries this one login, on versions where a wrong one is known to do no harm.",
  find({ hasDefaultPassword, config }) {
    if (hasDefaultPassword !== true) return [];
    return [
      {
        sentence: `EMQX's dashboard${config.url === undefined ? "" : ` at ${config.url}`} still has the password of every new EMQX.`,
        next: "change it in the dashboard (user menu → Change Password), or with emqx ctl admins passwd admin <new>",
      },
    ];
  },
};
