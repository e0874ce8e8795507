// ---
// title: Roles that nobody can enter
// question: Which roles can nobody become, as far as could be seen?
// grain: one row per role without any way in
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   trusts: {type: int, doc: "Principals that its trust policy names in an Allow."}
//   last_used: {type: time, doc: "When it was last used; empty when never or not read."}
// key: [role]
// ---
MATCH (r:Role)
WHERE ($account = '' OR r.account = $account)
  AND NOT EXISTS { MATCH (:Principal)-[:CAN_ASSUME]->(r) }
OPTIONAL MATCH (r)-[t:TRUSTS]->(p)
WHERE t.effect = 'Allow'
WITH r, count(DISTINCT p) AS trusts
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  trusts,
  coalesce(r.last_used, '') AS last_used
ORDER BY role
