import type { Persistence } from "../aedes-internals.ts";

/**
 * aedes gives all filters of a SUBSCRIBE to its persistence as soon as one of them is granted, and a persistent session
 * would have the denied ones after its next CONNECT. Lets only filters through that `authorizeSubscribe` granted; and
 * never `__proto__`, which with another one beside it ends the process when the session is resumed (`answerEveryFilter`
 * denies it to clients; this is for filters that we subscribe to for them).
 */
export function storeOnlyGrantedFilters(persistence: Persistence, granted: WeakSet<object>): void {
  const add = persistence.addSubscriptions.bind(persistence);
  persistence.addSubscriptions = (client, filters) =>
    add(
      client,
      filters.filter((filter) => granted.has(filter) && filter.topic !== "__proto__"),
    );
}
