import { randomBytes } from "node:crypto";
import type { DeviceCredentials } from "@connack/device";
import type { SimulatedScheme } from "./simulation-plan.ts";

/** The right names, and a proof that was made with another key: what a device with a wrong key sends. */
export function withWrongKey(credentials: DeviceCredentials, scheme: SimulatedScheme): DeviceCredentials {
  return { ...credentials, password: wrongProof(credentials.password, scheme) };
}

function wrongProof(proof: string, scheme: SimulatedScheme): string {
  if (scheme === "xiaozhi-hmac") return randomBytes(32).toString("base64");
  if (scheme === "password") return randomBytes(32).toString("base64url");
  const [header = "", claims = "", signature = ""] = proof.split(".");
  const length = Buffer.from(signature, "base64url").length;
  return [header, claims, randomBytes(length).toString("base64url")].join(".");
}
