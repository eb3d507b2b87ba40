import type { CredentialsRequest } from "../device-credentials.ts";

/** What a provider is asked with, at a fixed time. `heard` collects the times that it told. */
export function credentialsRequest(
  options: { nowSeconds?: number; clientId?: string; signal?: AbortSignal } = {},
): CredentialsRequest & { heard: number[] } {
  const heard: number[] = [];
  return {
    nowSeconds: options.nowSeconds ?? 1_800_000_000,
    clientId: options.clientId,
    signal: options.signal ?? new AbortController().signal,
    heardTime: (serverMs) => void heard.push(serverMs),
    heard,
  };
}
