import { setImmediate } from "node:timers";
import type { Database } from "better-sqlite3";

/**
 * Look-ups of one turn of the event loop share a read transaction: to begin and end one for each costs as much as the
 * look-up. The first of a turn goes without, since most turns have one. What they read is as old as the second one of
 * the turn at most, and `end` is called when the writer tells of a commit: no answer is older than what was told.
 */
export class ReadSnapshot {
  readonly #db: Database;
  readonly #begin: () => void;
  readonly #commit: () => void;
  readonly #atTurnEnd = () => this.end();
  #looks = 0;

  constructor(db: Database) {
    const begin = db.prepare("begin");
    const commit = db.prepare("commit");
    this.#db = db;
    this.#begin = () => void begin.run();
    this.#commit = () => void commit.run();
  }

  /** @throws an error of SQLite */
  read<Value>(look: (id: string) => Value, id: string): Value {
    this.#looks++;
    if (this.#looks === 1) setImmediate(this.#atTurnEnd);
    else if (this.#looks === 2) this.#begin();
    try {
      return look(id);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** What is read from now on is as new as the store. */
  end(): void {
    this.#looks = 0;
    if (this.#db.open && this.#db.inTransaction) this.#commit();
  }
}
