/** Runs a task when those given before it have ended, well or badly; answers as the task does. */
export type OneAfterAnother = <Value>(task: () => Value | Promise<Value>) => Promise<Value>;

/** For changes that read, write and remember: two at once would lose one of them. */
export function oneAfterAnother(): OneAfterAnother {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const done = last.then(task);
    last = done.catch(() => {}); // told to whoever gave the task
    return done;
  };
}
