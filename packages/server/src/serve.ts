import type { AuditLog } from "./audit/audit-log.ts";
import { fromStoreHealth } from "./audit/from-store-health.ts";
import type { Config } from "./config/config-schema.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { openAdminServer } from "./http/admin/open-admin-server.ts";
import { closeServer } from "./http/close-server.ts";
import { listenForOperations } from "./http/control-server.ts";
import { loadTls } from "./load-tls.ts";
import { createObserver } from "./observe.ts";
import { openBrokerListener } from "./open-broker-listener.ts";
import { type House, openHouse } from "./open-house.ts";
import { isMistake } from "./operations/config-apply.ts";
import { runOperation } from "./operations/operations.ts";
import type { StoreHealth } from "./registry/device-registry.ts";
import { createReload, overruledText, type Reload, reloadText } from "./reload.ts";
import { runEmbeddedBroker } from "./run-embedded-broker.ts";
import { runEmqxLive } from "./run-emqx-live.ts";
import type { Logger } from "./telemetry/logger.ts";

export interface Service {
  house: House;
  reload: Reload;
  /** Lets what is under way finish and closes everything, within five seconds. `why` is kept. May be called again. */
  close(why?: string): Promise<void>;
}

/** Something that is open to others. */
interface Door {
  close(): Promise<void>;
  /** Takes what is in force after the configuration was read again; the house has it already. */
  configure?(config: Config): void;
}

/**
 * Puts the house together and opens its doors, one listener after the other; all or none. `readAgain` gives the
 * configuration from the same sources as they are by then.
 */
export async function serve(
  loaded: LoadedConfig,
  logger: Logger,
  readAgain: () => LoadedConfig = () => loaded,
): Promise<Service> {
  const told = {
    onError: (error: unknown) => logger.error({ err: error }, "unexpected error"),
    onProblem: (sentence: string) => logger.warn(sentence),
    onNews: (sentence: string) => logger.info(sentence),
  };
  // First, as a mistake in it should not leave a new data folder behind.
  const tls = loadTls(loaded);
  // Not there yet when the registry opens: that it is ready is no event.
  let audit: AuditLog | undefined;
  const tellHealth = (health: StoreHealth) => {
    logHealth(logger, health);
    audit?.record(fromStoreHealth(health));
  };
  const house = await openHouse({ loaded, ...told, onHealth: tellHealth });
  audit = house.audit;
  const found = house.registry.health();
  if (found.state !== "ready") tellHealth(found);
  const record = (reason: string, detail: string) =>
    house.audit.record({ type: "service", reason, detail, actor: "connack" });
  const doors: Door[] = [];
  const closeDoors = async () => {
    const closed = await Promise.allSettled(doors.splice(0).map((door) => door.close()));
    for (const each of closed) if (each.status === "rejected") told.onError(each.reason);
  };
  try {
    const { config } = house;
    const emqx = house.pendingAtEmqx && runEmqxLive({ house, ...told });
    if (emqx) doors.push(emqx);
    const observer = createObserver(house, logger, () => house.config.brokers.embedded.denyAction, {
      counts: house.brokerEvents,
      ...(emqx && { onBrokerEvent: emqx.told }),
    });
    const parts = { house, observer, ...told };
    if (config.brokers.embedded.enabled) doors.push(await runEmbeddedBroker({ ...parts, tls: tls.embedded }));
    doors.push(await openBrokerListener({ ...parts, tls: tls.brokers }));
    emqx?.start();
    if (config.http.admin.enabled) {
      await house.metrics.start();
      const admin = await openAdminServer(house, told);
      house.listeners["admin"] = admin.url;
      doors.push(admin);
    }
    const control = await listenForOperations({
      path: house.folder.file("connack.sock"),
      run: (name, input) => runOperation(house, name, input),
      audit: house.audit,
      onError: told.onError,
    });
    doors.push({ close: () => closeServer(control) });
  } catch (error) {
    await closeDoors();
    await house.close();
    throw error;
  }
  const reload = createReload({
    house,
    read: readAgain,
    onApplied(config, report) {
      logger.level = config.log.level;
      house.audit.limit(config.audit);
      for (const door of doors) door.configure?.(config);
      for (const warning of report.warnings) logger.warn(warning);
      const from = report.files.length === 0 ? "" : ` from ${report.files.join(", ")}`;
      logger.info(`configuration read again${from}: ${reloadText(report)}`);
      for (const { key, by } of report.overruled) logger.info(overruledText(key, by));
    },
  });
  // Whoever asks is told too; that it was tried stays here.
  house.reload = (file) =>
    reload(file).catch((error: unknown) => {
      if (isMistake(error)) logger.warn(`configuration not applied, nothing was changed: ${error.message}`);
      throw error;
    });
  record("started", Object.values(house.listeners).join(", "));
  let closing: Promise<void> | undefined;
  const close = async (why: string) => {
    await closeDoors();
    record("stopped", why);
    await house.close();
  };
  return {
    house,
    reload,
    close: (why = "") => {
      closing ??= close(why);
      return closing;
    },
  };
}

function logHealth(logger: Logger, { state, detail }: StoreHealth): void {
  logger[state === "ready" ? "info" : "error"](`registry: ${detail ? `${state}: ${detail}` : state}`);
}
