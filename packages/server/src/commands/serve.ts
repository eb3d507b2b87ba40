import { type Command, exitCodes } from "./command.ts";
import { listenProblem } from "./listen-problem.ts";
import { given, text, wholeNumber } from "./option-values.ts";
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
    const loaded = context.loadConfig(
      given({
        "http.brokers.port": wholeNumber(input, "httpPort", "--http-port"),
        "http.admin.port": wholeNumber(input, "adminPort", "--admin-port"),
        "brokers.embedded.port": wholeNumber(input, "mqttPort", "--mqtt-port"),
        "brokers.embedded.enabled": input.options.embeddedBroker === false ? false : undefined,
        "credentials.allowWeakKey": input.options.allowWeakKey === true ? true : undefined,
        "log.level": text(input, "logLevel"),
        "log.format": context.json ? "json" : undefined,
      }),
    );
    // Loaded only here: every other command starts without broker, database and log.
    const [{ serve: startService }, { createLogger }, { renderStart }] = await Promise.all([
      import("../serve.ts"),
      import("../telemetry/logger.ts"),
      import("./render-start.ts"),
    ]);
    const { logger, flush } = createLogger(loaded.config.log);
    // A short command may have the data folder just now.
    const service = await whenFolderIsFree(() => startService(loaded, logger)).catch((error: unknown) => {
      throw listenProblem(error, loaded) ?? error;
    });
    const { house } = service;
    for (const warning of house.warnings()) logger.warn(warning);
    // On a pipe the log on standard output stays pure JSON lines.
    (context.isTTY ? context.out : context.err)(renderStart(house, context.configFile));
    const keys = house.keyRing.summaries().map((key) => key.id);
    // On a terminal all of it stands right above.
    logger.info(context.isTTY ? {} : { ...house.listeners, dataDir: house.folder.path, keys }, "connack is ready");
    const signal = await new Promise<NodeJS.Signals>((resolve) => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve);
    });
    logger.info({ signal }, "stopping");
    await service.close();
    logger.info("stopped");
    flush();
    return exitCodes.ok;
  },
};
