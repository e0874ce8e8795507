// ---
// title: Federation that is too wide
// question: Which roles let in more of a shared identity provider than one tenant, or anybody at all?
// grain: one row per role and federated principal
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   principal: {type: arn, doc: "Provider, or subject of a provider."}
//   kind: {type: str, doc: "What that is."}
//   findings: {type: list, doc: "What is too wide: SHARED_ISSUER_OPEN, PUBLIC_FEDERATION."}
//   verdict: {type: str, doc: "`allow` or `conditional`."}
//   needs: {type: list, doc: "Keys that it asks for."}
//   reaches: {type: int, doc: "Roles that the role can become in turn."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
// key: [role, principal]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
// ---
MATCH (p:OidcProvider|FederatedSubject)-[e:CAN_ASSUME]->(r:Role)
WHERE 'SHARED_ISSUER_OPEN' IN e.findings OR 'PUBLIC_FEDERATION' IN e.findings
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS principal,
  p.kind AS kind,
  [f IN e.findings WHERE f IN ['SHARED_ISSUER_OPEN', 'PUBLIC_FEDERATION']] AS findings,
  e.verdict AS verdict,
  e.requirement_keys AS needs,
  r.reaches AS reaches,
  r.is_admin AS is_admin
ORDER BY role, principal
