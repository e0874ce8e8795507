// ---
// title: Roles trusted from outside the organization
// question: Which roles name principals of accounts that are not in the organization, and what guards them?
// grain: one row per role, statement and principal outside
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   principal: {type: arn, doc: "Who is named."}
//   kind: {type: str, doc: "What that is."}
//   has_external_id: {type: bool, doc: "Whether an external id is asked for."}
//   needs: {type: list, doc: "Condition keys of the statement."}
//   verdict: {type: str, doc: "`allow`, `conditional`, or `none` when the principal cannot enter."}
//   reaches: {type: int, doc: "Roles that the role can become in turn."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
//   statement: {type: str, doc: "The statement of the trust policy."}
// key: [role, principal, statement]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html
// ---
MATCH (r:Role)-[t:TRUSTS]->(p:Principal|Account)
WHERE t.outside_organization
  AND t.effect = 'Allow'
  AND NOT t.dangling
  AND ($account = '' OR r.account = $account)
// An account that was read is entered from by its users and roles, each with an edge of its own.
OPTIONAL MATCH (q:Principal)-[e:CAN_ASSUME]->(r)
WHERE q.arn = p.arn OR (p.kind = 'account' AND q.account = p.account)
WITH r, t, p, min(e.verdict) AS verdict
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS principal,
  p.kind AS kind,
  t.has_external_id AS has_external_id,
  t.condition_keys AS needs,
  coalesce(verdict, 'none') AS verdict,
  r.reaches AS reaches,
  r.is_admin AS is_admin,
  t.statement AS statement
ORDER BY role, principal, statement
