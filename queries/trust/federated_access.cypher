// ---
// title: Federated access
// question: Which roles can be entered by sign-on with SAML, OpenID Connect or Identity Center?
// grain: one row per role, federated principal and operation
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   principal: {type: arn, doc: "Provider, subject of a provider, or user of Identity Center."}
//   kind: {type: str, doc: "What that is."}
//   operation: {type: str, doc: "How."}
//   verdict: {type: str, doc: "`allow` or `conditional`."}
//   needs: {type: list, doc: "Keys that it asks for."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
// key: [role, principal, operation]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html
// ---
MATCH (p:SamlProvider|OidcProvider|FederatedSubject|IdentityCenterUser)-[e:CAN_ASSUME]->(r:Role)
WHERE $account = '' OR r.account = $account
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS principal,
  p.kind AS kind,
  e.operation AS operation,
  e.verdict AS verdict,
  e.requirement_keys AS needs,
  r.is_admin AS is_admin
ORDER BY role, principal, operation
