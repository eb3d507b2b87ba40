import { setFlagsFromString } from "node:v8";
import { isMistake } from "../operations/config-apply.ts";
import { type Command, exitCodes } from "./command.ts";
import { listenProblem } from "./listen-problem.ts";
import { given, text, wholeNumber } from "./option-values.ts";
import { listenForSignals } from "./service-signals.ts";
import { whenFolderIsFree } from "./when-folder-is-free.ts";

export const serve: Command = {
  name: "serve",
  isService: true,
  summary: "Run the service: broker callbacks on 8003, embedded MQTT broker on 1883",
  options: [
    { flags: "--http-port <port>", description: "port for brokers, http.brokers.port (default: 8003)" },
    { flags: "--admin-port <port>", description: "port for people and programs, http.admin.port (default: 8004)" },
    { flags: "--mqtt-port <port>", description: "port of the embedded broker, brokers.embedded.port (default: 1883)" },
    { flags: "--no-embedded-broker", description: "run without the embedded broker" },
    {
      flags: "--allow-weak-key",
      description: "start with a key that is weak or publicly known, for an existing fleet",
    },
    {
      flags: "--log-level <level>",
      description: "what is logged (default: info)",
      choices: ["trace", "debug", "info", "warn", "error"],
    },
  ],
  examples: ["connack serve", "connack serve --http-port 8103 --mqtt-port 1884"],
  async run(input, context) {
    // Garbage may take half of what is in use; V8 would let it grow to several times that before it looks. A short
    // command is slower with it.
    setFlagsFromString("--heap-growing-percent=50");
    let flushLog = () => {};
    // First: from here on SIGHUP does not kill.
    const signals = listenForSignals((code) => {
      flushLog();
      process.exit(code);
    });
    const overrides = given({
      "http.brokers.port": wholeNumber(input, "httpPort", "--http-port"),
      "http.admin.port": wholeNumber(input, "adminPort", "--admin-port"),
      "brokers.embedded.port": wholeNumber(input, "mqttPort", "--mqtt-port"),
      "brokers.embedded.enabled": input.options.embeddedBroker === false ? false : undefined,
      "credentials.allowWeakKey": input.options.allowWeakKey === true ? true : undefined,
      "log.level": text(input, "logLevel"),
      "log.format": context.json ? "json" : undefined,
    });
    const loaded = context.loadConfig(overrides);
    // Loaded only here: every other command starts without broker, database and log.
    const [{ serve: startService }, { createLogger }, { renderStart }] = await Promise.all([
      import("../serve.ts"),
      import("../telemetry/logger.ts"),
      import("./render-start.ts"),
    ]);
    const { logger, flush, dropped } = createLogger(loaded.config.log);
    flushLog = flush;
    const readAgain = () => context.loadConfig(overrides);
    // A short command may have the data folder just now.
    const service = await whenFolderIsFree(() => startService(loaded, logger, readAgain)).catch((error: unknown) => {
      throw listenProblem(error, loaded) ?? error;
    });
    const { house } = service;
    house.metrics.watchLog({ dropped });
    for (const warning of house.warnings()) logger.warn(warning);
    // On a pipe the log on standard output stays pure JSON lines.
    (context.isTTY ? context.out : context.err)(renderStart(house, context.configFile));
    const keys = house.keyRing.summaries().map((key) => key.id);
    // On a terminal all of it stands right above.
    const facts = context.isTTY ? {} : { ...house.listeners, dataDir: house.folder.path, keys };
    const { state, detail } = house.registry.health();
    if (state === "ready") logger.info(facts, "connack is ready");
    else logger.warn(facts, `connack runs, but is not ready: registry ${state}: ${detail}`);
    signals.onHangUp(() => {
      service.reload().catch((error: unknown) => {
        if (isMistake(error)) logger.error(`configuration not read again, nothing was changed: ${error.message}`);
        else logger.error({ err: error }, "configuration not read again: unexpected error");
      });
    });
    const signal = await signals.stop;
    logger.info({ signal }, "stopping");
    if (!(await isDoneWithin(stopWithinMs, service.close(`by ${signal}`)))) {
      logger.error(`not everything could be closed within ${stopWithinMs / 1000} s: ending all the same`);
      flush();
      process.exit(exitCodes.internal);
    }
    logger.info("stopped");
    flush();
    return exitCodes.ok;
  },
};

/** Whoever stops a service gives it some time and kills it then; systemd and Docker are told ten seconds. */
const stopWithinMs = 4800;

async function isDoneWithin(ms: number, done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
