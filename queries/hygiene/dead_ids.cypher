// ---
// title: Ids of deleted principals
// question: Which policies still name somebody who was deleted, and who was that?
// grain: one row per id and statement or grant that names it
// params:
//   account: {type: account, default: "", doc: "Only policies of this account."}
// columns:
//   holder: {type: arn, doc: "The role or resource whose policy it is."}
//   kind: {type: str, doc: "`trust`, `resource` or `grant`."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   id: {type: str, doc: "The unique id that is left of the principal."}
//   meant: {type: arn, doc: "The ARN that an earlier snapshot gave the id; empty when none knows it."}
//   effect: {type: str, doc: "`Allow` or `Deny`; empty for a grant."}
//   element: {type: str, doc: "`Principal`, `NotPrincipal`, `GranteePrincipal` or `RetiringPrincipal`."}
//   policy: {type: arn, doc: "The policy or grant."}
//   statement: {type: str, doc: "The statement; empty for a grant."}
// key: [id, policy, statement, element]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
// ---
MATCH (p)-[n:NAMES_DELETED]->(gone:ExternalPrincipal)
WHERE $account = '' OR p.account = $account
RETURN
  n.holder AS holder,
  n.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  gone.arn AS id,
  coalesce(gone.meant, '') AS meant,
  coalesce(n.effect, '') AS effect,
  n.element AS element,
  p.arn AS policy,
  coalesce(n.statement, '') AS statement
ORDER BY holder, policy, statement, element, id
