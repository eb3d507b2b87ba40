export { type Acl, type AclRule, type AclVerdict, compileAcl, type Qos, type TopicRequest } from "./acl.ts";
export {
  type AclRuleResult,
  type AclRuleTemplate,
  type CompiledAclRule,
  compileAclRule,
  type ExpandedAcl,
  expandAcl,
  expandAclRule,
} from "./acl-template.ts";
export {
  canonicalMac,
  formatUnsignedXiaozhiClientId,
  formatXiaozhiClientId,
  parseXiaozhiClientId,
  type XiaozhiClientId,
} from "./client-id.ts";
export { type ConnectRequest, connectLimits } from "./connect-request.ts";
export {
  type Claim,
  type Claims,
  type CredentialScheme,
  type DeviceIdentity,
  isSchemeName,
  type JwsAlgorithm,
  jwsAlgorithms,
  type KeyMaterial,
  type SchemeName,
  schemeNames,
  type Verification,
  type VerificationKey,
} from "./credential-scheme.ts";
export type { AllowDecision, Decision, DenyDecision, Hint, HintCode, TokenTimes } from "./decision.ts";
export { type ConnackMeaning, connackCodes, type DenyReason, type DenyReasonRow, denyReasons } from "./deny-reason.ts";
export { type MintJwtOptions, mintJwt, type SigningCryptoKey, type SigningJwk } from "./mint/jwt.ts";
export {
  mintXiaozhiHmac,
  signXiaozhi,
  type XiaozhiCredential,
  type XiaozhiHmacInput,
} from "./mint/xiaozhi-hmac.ts";
export {
  mintXiaozhiGatewayToken,
  mintXiaozhiWebsocketToken,
  type XiaozhiWebsocketTokenInput,
} from "./mint/xiaozhi-tokens.ts";
export { xiaozhiKeyRule } from "./signing-keys.ts";
export { compileTemplate, type Template, type TemplateResult } from "./template.ts";
export type { TemplateValues } from "./template-values.ts";
export type { TopicDecision, TopicQuestion } from "./topic-decision.ts";
export { filterCovers, isTopicFilter, isTopicLevel } from "./topic-filter.ts";
