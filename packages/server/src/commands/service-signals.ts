import { constants } from "node:os";

export interface ServiceSignals {
  /** Resolves with the first signal to stop. */
  stop: Promise<NodeJS.Signals>;
  /** What SIGHUP does; done at once when one came before. */
  onHangUp(reload: () => void): void;
}

/**
 * What signals mean to a service: SIGTERM and SIGINT to stop, a second one to end at once (`end` gets 128 and the number
 * of the signal), SIGHUP to read the configuration again. From here on none of them kills the process by itself.
 */
export function listenForSignals(end: (code: number) => void): ServiceSignals {
  let hungUp = false;
  let reload = () => {
    hungUp = true;
  };
  process.on("SIGHUP", () => reload());
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    let isStopping = false;
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (isStopping) end(128 + constants.signals[name]);
        isStopping = true;
        resolve(name);
      });
    }
  });
  return {
    stop,
    onHangUp(next) {
      reload = next;
      if (hungUp) next();
    },
  };
}
