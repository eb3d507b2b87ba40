// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { isObject, type JsonObject } from "../json.ts";
import { defaultHeaders, sslDefaults } from "../ssl-defaults.ts";

const keepAlive = "timeout=5";

/** An HTTP connector with everything EMQX fills in. */
export function connectorWithDefaults(config: JsonObject): JsonObject {
  const defaults = {
    connect_timeout: "15s",
    description: "",
    enable: true,
    enable_pipelining: 100,
    headers: defaultHeaders("post", keepAlive),
    pool_size: 8,
    pool_type: "random",
  };
  const resource = { health_check_interval: "15s", start_after_created: true, start_timeout: "5s" };
  return {
    ...defaults,
    ...config,
    resource_opts: merged(resource, config["resource_opts"]),
    ssl: merged(sslDefaults, config["ssl"]),
  };
}

/** An HTTP action with everything EMQX fills in. */
export function actionWithDefaults(config: JsonObject): JsonObject {
  const parameters = { headers: defaultHeaders("post", keepAlive), max_retries: 2, method: "post" };
  const resource = {
    health_check_interval: "15s",
    inflight_window: 100,
    max_buffer_bytes: "256MB",
    query_mode: "async",
    request_ttl: "45s",
    worker_pool_size: 16,
  };
  return {
    description: "",
    enable: true,
    ...config,
    parameters: merged(parameters, config["parameters"]),
    resource_opts: merged(resource, config["resource_opts"]),
  };
}

const republish = {
  direct_dispatch: false,
  mqtt_properties: {},
  payload: "${payload}",
  qos: "${qos}",
  retain: "${retain}",
  user_properties: "${user_properties}",
};

/** An entry of a rule's `actions`: a built-in function gets its defaults. */
export function ruleActionWithDefaults(action: unknown): unknown {
  if (!isObject(action) || action["function"] !== "republish") return action;
  return { ...action, args: merged(republish, action["args"]) };
}

function merged(defaults: JsonObject, given: unknown): JsonObject {
  return { ...defaults, ...(isObject(given) ? given : {}) };
}
