import { allowAllFileSource } from "./allow-all-file-source.ts";
import { anonymousFallback } from "./anonymous-fallback.ts";
import { autoSubscribeByUserName } from "./auto-subscribe-by-user-name.ts";
import { clientAttributesFromClient } from "./client-attributes-from-client.ts";
import { connackCertificateNotChecked } from "./connack-certificate-not-checked.ts";
import { connackUnreachableFromEmqx } from "./connack-unreachable-from-emqx.ts";
import { databaseAnswersFirst } from "./database-answers-first.ts";
import { databaseRuleForEverything } from "./database-rule-for-everything.ts";
import { defaultDashboardPassword } from "./default-dashboard-password.ts";
import { emptyChain } from "./empty-chain.ts";
import { fallbackAuthenticator } from "./fallback-authenticator.ts";
import { fileConfigurationWins } from "./file-configuration-wins.ts";
import { flappingDetectionCountsBeforeAuthentication } from "./flapping-detection-counts-before-authentication.ts";
import { foreignHttpAuthenticator } from "./foreign-http-authenticator.ts";
import { foreignJwtAuthenticator } from "./foreign-jwt-authenticator.ts";
import { httpAuthorizationWithoutNoMatchDeny } from "./http-authorization-without-no-match-deny.ts";
import { listenerWithoutAuthentication } from "./listener-without-authentication.ts";
import { loopbackInContainer } from "./loopback-in-container.ts";
import { mixedVersions } from "./mixed-versions.ts";
import { plainListenerOpen } from "./plain-listener-open.ts";
import { proxyHidesAddresses } from "./proxy-hides-addresses.ts";
import { requestTimeoutAboveOurs } from "./request-timeout-above-ours.ts";
import { requestTimeoutBelowOurs } from "./request-timeout-below-ours.ts";
import { sourceBeforeRules } from "./source-before-rules.ts";
import { unboundJwtAuthenticator } from "./unbound-jwt-authenticator.ts";
import { unknownVersion } from "./unknown-version.ts";
import { versionTooOld } from "./version-too-old.ts";
import type { WarningRule } from "./warning-rule.ts";

/** Everything that is looked for, the gravest first. A name is never given to something else. */
export const warningTable: readonly WarningRule[] = [
  versionTooOld,
  foreignHttpAuthenticator,
  emptyChain,
  anonymousFallback,
  listenerWithoutAuthentication,
  defaultDashboardPassword,
  unboundJwtAuthenticator,
  clientAttributesFromClient,
  autoSubscribeByUserName,
  allowAllFileSource,
  databaseRuleForEverything,
  sourceBeforeRules,
  httpAuthorizationWithoutNoMatchDeny,
  connackUnreachableFromEmqx,
  loopbackInContainer,
  fileConfigurationWins,
  databaseAnswersFirst,
  foreignJwtAuthenticator,
  fallbackAuthenticator,
  plainListenerOpen,
  connackCertificateNotChecked,
  requestTimeoutBelowOurs,
  requestTimeoutAboveOurs,
  flappingDetectionCountsBeforeAuthentication,
  proxyHidesAddresses,
  mixedVersions,
  unknownVersion,
];
