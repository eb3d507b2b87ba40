/** How many requests came with a wrong token, told seldom: a stranger must not fill the log. */
export interface NoteRefusals {
  note(address: string): void;
}

const tellEveryMs = 60_000;

/** Tells the first at once, then at most once a minute with the number since. Never a token. */
export function createNoteRefusals(onProblem: (sentence: string) => void, nowMs: () => number): NoteRefusals {
  let toldAt = Number.NEGATIVE_INFINITY;
  let since = 0;
  return {
    note(address) {
      since++;
      const now = nowMs();
      // A clock that was set back must not make it silent.
      if (now - toldAt < tellEveryMs && now >= toldAt) return;
      toldAt = now;
      onProblem(
        `admin API: ${since} request${since === 1 ? "" : "s"} with a wrong or expired access token, the last from ${address}`,
      );
      since = 0;
    },
  };
}
