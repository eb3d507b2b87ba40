import type { Attack } from "./attack.ts";
import { authorisedService } from "./attacks/authorised-service.ts";
import { connackAsked } from "./attacks/connack-asked.ts";
import { connectedClientId } from "./attacks/connected-client-id.ts";
import { delayedPublish } from "./attacks/delayed-publish.ts";
import { eventsArrive } from "./attacks/events-arrive.ts";
import { expiredToken } from "./attacks/expired-token.ts";
import { foreignPublish } from "./attacks/foreign-publish.ts";
import { foreignRetained } from "./attacks/foreign-retained.ts";
import { foreignSubscribe } from "./attacks/foreign-subscribe.ts";
import { foreignWill } from "./attacks/foreign-will.ts";
import { hugePassword } from "./attacks/huge-password.ts";
import { mixedSubscribe } from "./attacks/mixed-subscribe.ts";
import { noCredentials } from "./attacks/no-credentials.ts";
import { ownTopics } from "./attacks/own-topics.ts";
import { randomPassword } from "./attacks/random-password.ts";
import { replyWithoutSubscribe } from "./attacks/reply-without-subscribe.ts";
import { rightCredential } from "./attacks/right-credential.ts";
import { rightListener } from "./attacks/right-listener.ts";
import { sharedSubscribe } from "./attacks/shared-subscribe.ts";
import { systemTopics } from "./attacks/system-topics.ts";
import { tamperedUserName } from "./attacks/tampered-user-name.ts";
import { unspokenTopics } from "./attacks/unspoken-topics.ts";
import { wildcards } from "./attacks/wildcards.ts";
import { wrongAudience } from "./attacks/wrong-audience.ts";
import { wrongSignature } from "./attacks/wrong-signature.ts";

/** Everything that is tried, in the order it is shown. */
export const attacks: readonly Attack[] = [
  rightListener,
  rightCredential,
  authorisedService,
  ownTopics,
  noCredentials,
  wrongSignature,
  tamperedUserName,
  expiredToken,
  wrongAudience,
  hugePassword,
  randomPassword,
  connectedClientId,
  foreignPublish,
  foreignRetained,
  foreignWill,
  foreignSubscribe,
  wildcards,
  sharedSubscribe,
  systemTopics,
  delayedPublish,
  unspokenTopics,
  mixedSubscribe,
  replyWithoutSubscribe,
  connackAsked,
  eventsArrive,
];
