// ---
// title: Trust in deleted principals
// question: Which trust policies name somebody who is not there any more?
// grain: one row per role, statement and principal that is gone
// columns:
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   principal: {type: arn, doc: "What the policy names: an ARN, or the unique id of a deleted principal."}
//   principal_account: {type: account, doc: "Account of that ARN; empty for a unique id."}
//   effect: {type: str, doc: "`Allow` or `Deny`."}
//   statement: {type: str, doc: "The statement of the trust policy."}
// key: [role, principal, statement]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
// ---
MATCH (r:Role)-[t:TRUSTS]->(p:Principal)
WHERE t.dangling
RETURN
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  p.arn AS principal,
  p.account AS principal_account,
  t.effect AS effect,
  t.statement AS statement
ORDER BY role, principal, statement
