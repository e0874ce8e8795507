// ---
// title: Cross-account access
// question: Who can become a role of another account in one hop, and what does it need?
// grain: one row per principal, role and operation
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
//   outside: {type: bool, default: false, doc: "Only principals from outside the organization."}
// columns:
//   principal: {type: arn, doc: "Who enters."}
//   kind: {type: str, doc: "What it is."}
//   from_account: {type: account, doc: "Its account; empty for everyone."}
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Account of the role."}
//   account_name: {type: str, doc: "Name of that account."}
//   operation: {type: str, doc: "How."}
//   verdict: {type: str, doc: "`allow` or `conditional`."}
//   needs: {type: list, doc: "Keys that it asks for."}
//   outside_organization: {type: bool, doc: "Whether the principal is outside the organization."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
// key: [principal, role, operation]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
// ---
MATCH (p:Principal)-[e:CAN_ASSUME]->(r:Role)
WHERE e.cross_account
  AND (NOT $outside OR e.outside_organization)
  AND ($account = '' OR r.account = $account)
RETURN
  p.arn AS principal,
  p.kind AS kind,
  p.account AS from_account,
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  e.operation AS operation,
  e.verdict AS verdict,
  e.requirement_keys AS needs,
  e.outside_organization AS outside_organization,
  r.is_admin AS is_admin
ORDER BY account, role, principal, operation
