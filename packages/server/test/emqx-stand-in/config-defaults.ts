// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import type { JsonObject } from "./json.ts";

/** `GET /configs/global_zone` of a fresh node. */
export const globalZoneDefaults: JsonObject = {
  durable_sessions: {
    batch_size: 100,
    enable: false,
    heartbeat_interval: "5000ms",
    idle_poll_interval: "100ms",
    message_retention_period: "1d",
    session_gc_batch_size: 100,
    session_gc_interval: "10m",
  },
  flapping_detect: { ban_time: "5m", enable: false, max_count: 15, window_time: "1m" },
  force_gc: { bytes: "16MB", count: 16000, enable: true },
  force_shutdown: { enable: true, max_heap_size: "32MB", max_mailbox_size: 1000 },
  mqtt: {
    await_rel_timeout: "300s",
    client_attrs_init: [],
    exclusive_subscription: false,
    idle_timeout: "15s",
    ignore_loop_deliver: false,
    keepalive_check_interval: "30s",
    keepalive_multiplier: 1.5,
    max_awaiting_rel: 100,
    max_clientid_len: 65535,
    max_inflight: 32,
    max_mqueue_len: 1000,
    max_packet_size: "1MB",
    max_qos_allowed: 2,
    max_subscriptions: "infinity",
    max_topic_alias: 65535,
    max_topic_levels: 128,
    message_expiry_interval: "infinity",
    mqueue_default_priority: "lowest",
    mqueue_priorities: "disabled",
    mqueue_store_qos0: true,
    peer_cert_as_clientid: "disabled",
    peer_cert_as_username: "disabled",
    response_information: "",
    retain_available: true,
    retry_interval: "infinity",
    server_keepalive: "disabled",
    session_expiry_interval: "2h",
    shared_subscription: true,
    shared_subscription_strategy: "round_robin",
    strict_mode: false,
    upgrade_qos: false,
    use_username_as_clientid: false,
    wildcard_subscription: true,
  },
};

const serverSsl: JsonObject = {
  cacertfile: "${EMQX_ETC_DIR}/certs/cacert.pem",
  certfile: "${EMQX_ETC_DIR}/certs/cert.pem",
  ciphers: [],
  client_renegotiation: true,
  depth: 10,
  fail_if_no_peer_cert: false,
  handshake_timeout: "15s",
  hibernate_after: "5s",
  honor_cipher_order: true,
  keyfile: "${EMQX_ETC_DIR}/certs/key.pem",
  log_level: "notice",
  reuse_sessions: true,
  secure_renegotiate: true,
  verify: "verify_none",
  versions: ["tlsv1.3", "tlsv1.2"],
};

const dashboardListener: JsonObject = {
  backlog: 1024,
  inet6: false,
  ipv6_v6only: false,
  max_connections: 512,
  num_acceptors: 2,
  proxy_header: false,
  send_timeout: "10s",
};

/** `GET /configs/dashboard` of a fresh node. */
export function dashboardDefaults(apiPort: number): JsonObject {
  return {
    cors: false,
    default_password: "******",
    listeners: {
      http: { ...dashboardListener, bind: `127.0.0.1:${apiPort}` },
      https: { ...dashboardListener, bind: 0, ssl_options: serverSsl },
    },
    swagger_support: true,
    token_expired_time: "60m",
  };
}

const tcpOptions: JsonObject = {
  active_n: 100,
  backlog: 1024,
  buffer: "4KB",
  high_watermark: "1MB",
  keepalive: "none",
  nodelay: true,
  reuseaddr: true,
  send_timeout: "15s",
  send_timeout_close: true,
};

const webSocket: JsonObject = {
  allow_origin_absence: true,
  check_origin_enable: false,
  check_origins: "http://localhost:18083, http://127.0.0.1:18083",
  compress: false,
  deflate_opts: {
    client_context_takeover: "takeover",
    client_max_window_bits: 15,
    mem_level: 8,
    server_context_takeover: "takeover",
    server_max_window_bits: 15,
    strategy: "default",
  },
  fail_if_no_subprotocol: true,
  idle_timeout: "7200s",
  max_frame_size: "infinity",
  mqtt_path: "/mqtt",
  mqtt_piggyback: "multiple",
  proxy_address_header: "x-forwarded-for",
  proxy_port_header: "x-forwarded-port",
  supported_subprotocols: "mqtt, mqtt-v3, mqtt-v3.1.1, mqtt-v5",
  validate_utf8: true,
};

const ocsp = { enable_ocsp_stapling: false, refresh_http_timeout: "15s", refresh_interval: "5m" };

/** A listener's configuration as GET shows it, without what changes with time. */
export function listenerDefaults(type: "tcp" | "ws" | "ssl" | "wss", bind: string, enable: boolean): JsonObject {
  const ssl = type === "ssl" ? { ...serverSsl, enable_crl_check: false, gc_after_handshake: false, ocsp } : serverSsl;
  return {
    acceptors: 16,
    access_rules: ["allow all"],
    bind,
    enable,
    enable_authn: true,
    id: `${type}:default`,
    max_conn_rate: "infinity",
    max_connections: "infinity",
    mountpoint: "",
    proxy_protocol: false,
    proxy_protocol_timeout: "3s",
    ...(type === "ssl" || type === "wss" ? { ssl_options: ssl } : {}),
    tcp_options: tcpOptions,
    type,
    ...(type === "ws" || type === "wss" ? { websocket: webSocket } : {}),
    zone: "default",
  };
}
