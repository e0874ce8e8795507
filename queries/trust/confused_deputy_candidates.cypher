// ---
// title: Confused-deputy candidates
// question: Which third parties may enter a role without an external id or another guard?
// grain: one row per role, statement and third party
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   third_party: {type: arn, doc: "Who is named."}
//   third_party_account: {type: account, doc: "Its account."}
//   needs: {type: list, doc: "Condition keys of the statement; none of them is a guard."}
//   verdict: {type: str, doc: "`allow`, `conditional`, or `none` when the third party cannot enter."}
//   reaches: {type: int, doc: "Roles that the role can become in turn."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
//   statement: {type: str, doc: "The statement of the trust policy."}
// key: [role, third_party, statement]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
// ---
MATCH (r:Role)-[t:TRUSTS]->(p:ExternalAccount|ExternalPrincipal)
WHERE t.outside_organization
  AND t.effect = 'Allow'
  AND NOT t.has_guard
  AND NOT t.dangling
  AND ($account = '' OR r.account = $account)
OPTIONAL MATCH (p)-[e:CAN_ASSUME]->(r)
WITH r, t, p, min(e.verdict) AS verdict
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS third_party,
  p.account AS third_party_account,
  t.condition_keys AS needs,
  coalesce(verdict, 'none') AS verdict,
  r.reaches AS reaches,
  r.is_admin AS is_admin,
  t.statement AS statement
ORDER BY role, third_party, statement
