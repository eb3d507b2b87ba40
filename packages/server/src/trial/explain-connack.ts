/** Whose broker it is, as far as that is known. */
export const brokerNames = ["embedded", "emqx", "mosquitto", "rabbitmq"] as const;
export type BrokerName = (typeof brokerNames)[number];

/** What a refusing CONNACK means at this broker, and the next step where the code alone tells one. */
export interface ConnackMeaningHere {
  meaning: string;
  next: string;
}

/**
 * MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2 say little: brokers use the codes as they like. EMQX as observed at 5.8,
 * Mosquitto 2.0, RabbitMQ 3.10.
 */
export function explainConnack(code: number, broker: BrokerName | undefined): ConnackMeaningHere {
  const own = broker === undefined ? undefined : atBroker[broker][kindOf(code)];
  return own ?? general[kindOf(code)] ?? unlisted(code);
}

type Kind =
  | "login"
  | "rights"
  | "version"
  | "client id"
  | "unavailable"
  | "busy"
  | "banned"
  | "size"
  | "elsewhere"
  | "other";

const kinds: Readonly<Record<number, Kind>> = {
  1: "version",
  2: "client id",
  3: "unavailable",
  4: "login",
  5: "rights",
  132: "version",
  133: "client id",
  134: "login",
  135: "rights",
  136: "unavailable",
  137: "busy",
  138: "banned",
  149: "size",
  151: "busy",
  156: "elsewhere",
  157: "elsewhere",
  159: "busy",
};

function kindOf(code: number): Kind {
  return kinds[code] ?? "other";
}

function unlisted(code: number): ConnackMeaningHere {
  return {
    meaning: `The broker refuses with code ${code} (0x${code.toString(16).padStart(2, "0")}) and says no more.`,
    next: "the broker's log says why",
  };
}

const general: Partial<Record<Kind, ConnackMeaningHere>> = {
  login: {
    meaning:
      "The broker does not take user name and password together. Brokers use this code and “not authorized” as they like, so it can be either.",
    next: "compare client id, user name, password and the clock with what the broker expects; its log says more",
  },
  rights: {
    meaning:
      "The broker lets this client not in. Mosquitto and others say so for a wrong password too; others only for a client that may not come in.",
    next: "compare client id, user name, password and the clock with what the broker expects; its log says more",
  },
  version: {
    meaning: "The broker does not speak this version of MQTT, or calls another fault so (EMQX, for some).",
    next: "try the other one: --mqtt 5 or --mqtt 3.1.1",
  },
  "client id": {
    meaning: "The broker does not take this client id: too long, of the wrong form, or reserved.",
    next: "try another one: --client-id <id>",
  },
  unavailable: {
    meaning: "The broker runs and does not serve: what it needs is not there, or it is stopping.",
    next: "look at the state of the broker, then try again",
  },
  busy: {
    meaning: "The broker has more connections, or more of them at once, than it takes.",
    next: "try again in a minute; look at the broker's limits for connections",
  },
  banned: {
    meaning: "The broker has banned the client id, the user name or the address of this machine.",
    next: "take the ban away in the broker",
  },
  size: {
    meaning: "The CONNECT is larger than the broker takes, or it could not read it.",
    next: "raise the broker's packet size, or use a shorter token",
  },
  elsewhere: {
    meaning: "The broker sends its clients to another server.",
    next: "use the address of that server",
  },
};

/** Sentences for the codes that a broker uses in its own way. */
const atBroker: Record<BrokerName, Partial<Record<Kind, ConnackMeaningHere>>> = {
  embedded: {
    login: {
      meaning:
        "Connack could not prove who this is: wrong password, signature, issuer or audience, a token that has expired, or a scheme that is switched off.",
      next: "connack device timeline <id>",
    },
    rights: {
      meaning:
        "Connack does not let this device in: not registered, waiting for approval, disabled or revoked, a client id of another device, or a kind of credential it may not use.",
      next: "connack device timeline <id>",
    },
    unavailable: { meaning: "Connack is not ready, or has no room.", next: "connack status" },
  },
  emqx: {
    login: {
      meaning:
        "EMQX read the credential and says no. JWT: the signature is right, and a claim or a time (exp, nbf) is wrong. Own database: wrong password. HTTP: the answer of the server held a bad expire_at or acl.",
      next: "compare the claims above with verify_claims in EMQX, and its clock with date -u",
    },
    rights: {
      meaning:
        "Nobody let this client in. JWT: the signature does not fit the secret or key, or the token was not found (from). HTTP: the server said deny, or failed: EMQX does not tell which. Own database: unknown user.",
      next: "compare the secret with EMQX's, and see whether its authentication is connected; with Connack behind it: connack watch --result deny",
    },
    "client id": {
      meaning:
        "EMQX does not take the client id: too long, or empty. Up to 5.8.7 it says so, too, while it cleans up an old session of it.",
      next: "wait some seconds and try again, or try another one: --client-id <id>",
    },
    unavailable: {
      meaning: "EMQX is busy, most often with an old session of this client id (5.8.8 and later).",
      next: "wait some seconds and try again",
    },
    busy: {
      meaning: "EMQX is busy, most often with an old session of this client id (5.8.8 and later).",
      next: "wait some seconds and try again",
    },
  },
  mosquitto: {
    login: {
      meaning: "Mosquitto 2.0 answers 5 (135) for a wrong password: this code comes from a plugin of it.",
      next: "look at the log of Mosquitto and of its plugin",
    },
    rights: {
      meaning:
        "Mosquitto answers this for everything: wrong password, unknown user, no user name where anonymous ones are not allowed, a banned client.",
      next: "look at the log of Mosquitto; mosquitto_passwd sets a password, and a reload makes it known",
    },
  },
  rabbitmq: {
    login: {
      meaning: "RabbitMQ does not know this user name with this password.",
      next: "rabbitmqctl authenticate_user <name>, and the log of RabbitMQ",
    },
    rights: {
      meaning:
        "RabbitMQ answers this for most refusals: wrong password, no right to the virtual host, or guest from another machine.",
      next: "rabbitmqctl list_user_permissions <name>, and the log of RabbitMQ",
    },
  },
};
