import { z } from "zod";
import type { Loan } from "../brokers/emqx/verify/loan.ts";
import { type Operation, operation } from "./operation.ts";
import { lendForVerify, verifyLendInput } from "./verify-lend.ts";

/** For `connack emqx verify`: throw-away devices of the running server. Only whoever owns the data folder gets any. */
export const verifyOperations: readonly Operation[] = [
  operation({
    name: "verify.lend",
    role: "admin",
    local: true,
    input: verifyLendInput,
    change: (_input, loan: Loan) => ({ detail: lentText(loan) }),
    run: lendForVerify,
  }) as Operation,
  operation({
    name: "verify.return",
    role: "admin",
    local: true,
    input: z.strictObject({ lease: z.string().min(1).max(64) }),
    change: (_input, { returned }: { returned: number }) =>
      returned === 0 ? undefined : { detail: `${returned} throw-away devices and services ended` },
    run({ lent, embedded }, { lease }) {
      const ids = lent.giveBack(lease);
      for (const id of ids) embedded?.kick(id);
      return { returned: ids.length };
    },
  }) as Operation,
];

function lentText({ lanes, until }: Loan): string {
  const devices = lanes.reduce((sum, { watched, others }) => sum + watched.length + others.length, 0);
  const services = lanes.reduce((sum, lane) => sum + lane.services.length, 0);
  return `${devices} throw-away devices and ${services} services lent until ${until}`;
}
