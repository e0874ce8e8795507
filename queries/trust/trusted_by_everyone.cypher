// ---
// title: Roles that trust everyone
// question: Which roles name `*` as their principal, and what narrows that down?
// grain: one row per role and statement
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   needs: {type: list, doc: "Condition keys of the statement."}
//   conditions: {type: str, doc: "The conditions, as JSON text; empty for none."}
//   verdict: {type: str, doc: "`allow` when a stranger gets in, `conditional`, or `none`."}
//   reaches: {type: int, doc: "Roles that the role can become in turn."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
//   statement: {type: str, doc: "The statement of the trust policy."}
// key: [role, statement]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
// ---
MATCH (r:Role)-[t:TRUSTS]->(p:Everyone)
WHERE t.effect = 'Allow'
OPTIONAL MATCH (p)-[e:CAN_ASSUME]->(r)
WITH r, t, min(e.verdict) AS verdict
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  t.condition_keys AS needs,
  t.conditions AS conditions,
  coalesce(verdict, 'none') AS verdict,
  r.reaches AS reaches,
  r.is_admin AS is_admin,
  t.statement AS statement
ORDER BY role, statement
