// ---
// title: Trust that leads nowhere
// question: Which users and roles are named by a trust policy and still cannot enter?
// grain: one row per role, statement and principal
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   principal: {type: arn, doc: "Who is named."}
//   kind: {type: str, doc: "What that is."}
//   statement: {type: str, doc: "The statement of the trust policy."}
// key: [role, principal, statement]
// ---
MATCH (r:Role)-[t:TRUSTS]->(p:User|Role)
WHERE t.effect = 'Allow'
  AND ($account = '' OR r.account = $account)
  AND NOT EXISTS { MATCH (p)-[:CAN_ASSUME]->(r) }
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS principal,
  p.kind AS kind,
  t.statement AS statement
ORDER BY role, principal, statement
