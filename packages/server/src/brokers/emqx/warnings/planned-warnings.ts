/** What `connack emqx plan`, `apply` and `rollback` say of a change, by name; found where the change is planned. */
export const plannedWarnings: readonly { name: string; isConflict?: true; about: string }[] = [
  {
    name: "place-taken",
    isConflict: true,
    about:
      "EMQX has room for one authenticator, or source, of a kind; somebody else's is there, with a secret that EMQX does not show. A rollback could not bring it back, so that it is overwritten only with `--take-over`.",
  },
  {
    name: "database-source-disabled",
    isConflict: true,
    about:
      "Clients that EMQX lets in by their token need rules in the built-in database, and that source is switched off. Switching it on would also put the rules of others in force.",
  },
  {
    name: "too-many-database-rules",
    isConflict: true,
    about: "EMQX takes a limited number of rules for all clients, and ours do not fit in.",
  },
  {
    name: "too-many-auto-subscriptions",
    isConflict: true,
    about: "EMQX subscribes clients to twenty topics at most, and ours do not fit in.",
  },
  {
    name: "taken-over",
    about:
      "Somebody else's authenticator, or source, stands in our place and is overwritten. What a rollback can bring back is said with it.",
  },
  {
    name: "other-clients-need-rights",
    about:
      "Another authenticator stays in the chain. Whom it lets in gets no rights from Connack, and with `no_match: deny` may do only what EMQX's own sources allow.",
  },
  {
    name: "connected-clients-lose-rights",
    about:
      "Rights come with a CONNECT. Clients that are connected while the set-up changes have none until they connect again, and are mostly not told.",
  },
  {
    name: "changed-since",
    about:
      "Somebody changed an object since Connack made or changed it. What they did stays, unless the object itself goes.",
  },
  {
    name: "object-gone",
    about:
      "A rollback finds that an object is not there any more. It makes nothing anew, as EMQX never showed its secrets.",
  },
  {
    name: "secret-lost",
    about: "A rollback brings an object back without a secret that EMQX never showed. It has to be entered again.",
  },
];
