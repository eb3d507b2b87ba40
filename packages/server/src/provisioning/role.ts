/** viewer: reads. operator: also changes devices. admin: also keys, services, tokens, configuration. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];
