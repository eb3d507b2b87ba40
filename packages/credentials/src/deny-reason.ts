/** What the peer is told: as little as MQTT allows. 3.1 and 3.1.1 know codes 4 and 5, MQTT 5 knows 0x86 and 0x87. */
export type ConnackMeaning = "bad user name or password" | "not authorized";

export interface DenyReasonRow {
  /** What happened, one sentence. */
  sentence: string;
  /** What to do about it, one or two sentences. */
  fix: string;
  connack: ConnackMeaning;
}

const unproven = "bad user name or password" satisfies ConnackMeaning;
const refused = "not authorized" satisfies ConnackMeaning;

/**
 * Every reason for a refusal, once: used by the server, the command line and the docs. A code is never reused for
 * another meaning; a retired one stays retired.
 */
export const denyReasons = {
  // the request itself
  malformed_request: {
    connack: refused,
    sentence: "The broker's question could not be read.",
    fix: "Compare the broker's URL, method and body template with those in the docs; it has to send clientid, username and password as text.",
  },
  request_too_large: {
    connack: refused,
    sentence: "The request is larger than Connack reads (16 KiB).",
    fix: "Look at what the device sends as password; no credential of Connack is that long.",
  },
  broker_not_authorized: {
    connack: refused,
    sentence: "The caller did not prove that it is our broker.",
    fix: "Give the broker the bearer token from the data folder (file broker-token) in its authorization header, or allow its address in http.brokers.allowFrom and the name it calls Connack by in http.brokers.allowedHosts.",
  },
  // shape
  missing_credentials: {
    connack: unproven,
    sentence: "The CONNECT came without user name or password.",
    fix: "Set both in the device. A xiaozhi server without a signature key issues an empty password: set server.mqtt_signature_key there.",
  },
  unknown_credential: {
    connack: unproven,
    sentence: "The credential has the shape of no scheme that is switched on.",
    fix: "Issue one with: connack credential issue. A device that sends only a password also needs a user name.",
  },
  bad_client_id: {
    connack: unproven,
    sentence: "The client id does not have the form its scheme or MQTT demands.",
    fix: "xiaozhi: <group>@@@<mac with _>@@@<anything>, with none of / + # | in it. Otherwise: valid UTF-8 without control characters, and behind EMQX without + and #.",
  },
  bad_username: {
    connack: unproven,
    sentence: "The user name does not have the form its scheme demands.",
    fix: "xiaozhi: standard padded Base64 of a JSON object. Do not re-encode it between issuing and connecting.",
  },
  malformed_token: {
    connack: unproven,
    sentence: "The password looks like a JWT but is not one.",
    fix: "Look for a truncated or re-encoded token: small client buffers cut it. connack credential explain shows where it breaks.",
  },
  token_too_large: {
    connack: unproven,
    sentence: "The token is longer than Connack accepts.",
    fix: "Remove claims the broker does not need.",
  },
  bad_identity: {
    connack: unproven,
    sentence: "The proven identity is empty, too long or has control characters.",
    fix: "Issue the credential for a printable identity of at most 256 characters.",
  },
  // proof
  no_key: {
    connack: unproven,
    sentence: "Connack has no key for this kind of credential.",
    fix: "Add one: connack key add --scheme <scheme>.",
  },
  unknown_key: {
    connack: unproven,
    sentence: "The token names a key (kid) that is not in the key ring.",
    fix: "Compare with connack key list; add the key or issue a new token.",
  },
  bad_signature: {
    connack: unproven,
    sentence: "The signature is wrong: another key, or the client id, user name or token was changed after signing.",
    fix: "Make the issuer and Connack use the same key (mind a trailing newline), and send client id and user name exactly as issued.",
  },
  algorithm_none: {
    connack: unproven,
    sentence: "The token says it is not signed (alg: none).",
    fix: "Sign it. Nothing accepts such a token for good reason.",
  },
  algorithm_not_allowed: {
    connack: unproven,
    sentence: "The token's algorithm is not the one of the key.",
    fix: "Sign with the algorithm that connack key list shows.",
  },
  bad_password: {
    connack: unproven,
    sentence: "The user name is unknown or the password is wrong.",
    fix: "Set a new one: connack credential issue <user name> --scheme password, or connack device set <user name> --password-stdin.",
  },
  certificate_not_verified: {
    connack: unproven,
    sentence: "No verified client certificate came with the connection.",
    fix: "Connect over TLS with a certificate of the configured CA, through a broker that sends the bearer token.",
  },
  // claims, in the order they are checked
  expiry_missing: {
    connack: unproven,
    sentence: "The token never expires (no exp).",
    fix: "Add exp, or set credentials.jwt.requireExpiry: false.",
  },
  token_expired: {
    connack: unproven,
    sentence: "The token has expired.",
    fix: "Refresh it before exp, and set the device's clock before minting.",
  },
  token_not_yet_valid: {
    connack: unproven,
    sentence: "The token is not valid yet (nbf).",
    fix: "Check the clocks of the issuer and of this machine.",
  },
  token_issued_in_future: {
    connack: unproven,
    sentence: "The token was issued in the future (iat).",
    fix: "The issuer's clock is ahead, often by a time zone: set it to UTC. Or set credentials.jwt.refuseFutureIat: false.",
  },
  lifetime_too_long: {
    connack: unproven,
    sentence: "The token lives longer than allowed.",
    fix: "Issue it for a shorter time, or raise credentials.jwt.maxLifetime.",
  },
  bad_time_claim: {
    connack: unproven,
    sentence: "exp, nbf or iat is not a whole number of seconds.",
    fix: "Use integers: Math.floor(Date.now() / 1000), not milliseconds, not text.",
  },
  wrong_issuer: {
    connack: unproven,
    sentence: "The token comes from another issuer (iss).",
    fix: "Make iss and credentials.jwt.issuer the same text.",
  },
  wrong_audience: {
    connack: unproven,
    sentence: "The token is meant for someone else (aud).",
    fix: "Make aud contain credentials.jwt.audience.",
  },
  missing_claim: {
    connack: unproven,
    sentence: "A claim that is required is missing or different.",
    fix: "Compare the token with credentials.jwt: requiredClaims, identity and bindTo name the claims it needs.",
  },
  binding_mismatch: {
    connack: unproven,
    sentence: "The token belongs to another user name or client id.",
    fix: "Connect with the user name and client id the token was made for.",
  },
  // the device
  too_many_attempts: {
    connack: refused,
    sentence: "Too many password checks are waiting; this one was not made.",
    fix: "Somebody tries passwords: see the addresses in the log. A right password that was used before is never held up.",
  },
  device_unknown: {
    connack: refused,
    sentence: "The device is not registered, and does not come in by itself.",
    fix: "Add it: connack device add. devices.enrolment: enrol takes new devices in by itself, but none without a proof (xiaozhi-unsigned).",
  },
  device_pending: { connack: refused, sentence: "The device waits for approval.", fix: "connack device approve <id>" },
  device_disabled: { connack: refused, sentence: "The device is disabled.", fix: "connack device enable <id>" },
  device_revoked: {
    connack: refused,
    sentence: "The device is revoked.",
    fix: "This is for good. To let it in again, remove it and add it anew.",
  },
  device_removed: {
    connack: refused,
    sentence: "The device was removed and does not come back by itself.",
    fix: "connack device add <id> makes it anew.",
  },
  enrolment_limited: {
    connack: refused,
    sentence: "Too many new devices came in one minute.",
    fix: "It tries again by itself. If these are yours, raise devices.enrolmentPerMinute; if not, a key has leaked.",
  },
  scheme_not_allowed: {
    connack: refused,
    sentence: "The device may not use this kind of credential.",
    fix: "If it really shall use this kind: connack device set <id> --scheme <each scheme it may use>. If not, it has moved to another kind or another device owns this name: give the device its own credential.",
  },
  key_generation_not_allowed: {
    connack: refused,
    sentence: "The credential was made with a key this device no longer may use.",
    fix: "Issue a new credential with the current key.",
  },
  client_id_in_use: {
    connack: refused,
    sentence: "The client id belongs to another device.",
    fix: "Give each device a client id of its own; connack device timeline <client id> tells who has it.",
  },
  publish_denied: {
    connack: refused,
    sentence: "The device may not publish to this topic.",
    fix: "connack acl test <id> publish <topic> names the rule that decided; connack acl set <id> changes its rights, from its next connect on.",
  },
  subscribe_denied: {
    connack: refused,
    sentence: "The device may not subscribe to this filter.",
    fix: "connack acl test <id> subscribe <filter> names the rule that decided; connack acl set <id> changes its rights, from its next connect on.",
  },
  // us
  store_unavailable: {
    connack: refused,
    sentence: "The device registry cannot be read, and this device is not known well enough to go on without it.",
    fix: "See /readyz and the log for the reason: disk full, file missing, locked or damaged.",
  },
  internal_error: {
    connack: refused,
    sentence: "Connack failed while deciding.",
    fix: "The log has the error; please report it.",
  },
} as const satisfies Record<string, DenyReasonRow>;

/** Stable code of a refusal. */
export type DenyReason = keyof typeof denyReasons;

/** CONNACK codes by meaning: [MQTT 3.1 and 3.1.1, MQTT 5]. */
export const connackCodes: Record<ConnackMeaning, readonly [number, number]> = {
  "bad user name or password": [4, 0x86],
  "not authorized": [5, 0x87],
};
