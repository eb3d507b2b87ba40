import type { DenyReason, SchemeName } from "@connack/credentials";

export interface SchemeCheck {
  name: string;
  reasons: readonly DenyReason[];
}

/** What each scheme checks, in the order it does: from the reason of a refusal follows what had passed before it. */
export const checksOf: Record<SchemeName, readonly SchemeCheck[]> = {
  "xiaozhi-hmac": [
    { name: "user name and password are there", reasons: ["missing_credentials"] },
    { name: "client id <group>@@@<mac>@@@<text>", reasons: ["bad_client_id"] },
    { name: "key", reasons: ["no_key"] },
    { name: "signature", reasons: ["bad_signature"] },
    { name: "user name is Base64 JSON", reasons: ["bad_username"] },
  ],
  // Shape is all there is to check.
  "xiaozhi-unsigned": [{ name: "client id <group>@@@<mac>, no proof", reasons: ["bad_client_id"] }],
  jwt: [
    { name: "form of the token", reasons: ["malformed_token", "token_too_large"] },
    { name: "algorithm and key", reasons: ["algorithm_none", "no_key", "unknown_key", "algorithm_not_allowed"] },
    { name: "signature", reasons: ["bad_signature"] },
    { name: "exp", reasons: ["expiry_missing", "token_expired", "bad_time_claim"] },
    { name: "nbf", reasons: ["token_not_yet_valid"] },
    { name: "iat", reasons: ["token_issued_in_future", "lifetime_too_long"] },
    { name: "iss", reasons: ["wrong_issuer"] },
    { name: "aud", reasons: ["wrong_audience"] },
    { name: "claims", reasons: ["missing_claim"] },
    { name: "identity", reasons: ["bad_identity"] },
    { name: "binding to user name and client id", reasons: ["binding_mismatch"] },
  ],
  password: [{ name: "password", reasons: ["bad_password", "too_many_attempts"] }],
  "client-certificate": [{ name: "certificate", reasons: ["certificate_not_verified", "bad_identity"] }],
};
