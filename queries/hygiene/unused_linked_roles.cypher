// ---
// title: Unused service-linked roles
// question: Which roles did a service of AWS not use for so many days, and would it let them go?
// grain: one row per service-linked role whose last use was read and is long ago
// params:
//   days: {type: int, default: 90, min: 1, max: 3650, doc: "Days without use; a younger role is left out."}
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   service: {type: str, doc: "The service that owns it."}
//   prediction: {type: str, doc: "What the service would answer: `BLOCKED`, `CLEAR` or `UNKNOWN`; `rolepath blockers` says why."}
//   last_used: {type: time, doc: "When it was last used; empty when AWS shows no use."}
//   created: {type: time, doc: "When it was made; empty when not read."}
// key: [role]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
// ---
MATCH (s:Snapshot)
WHERE s.taken_at IS NOT NULL
WITH datetime(s.taken_at) - duration({days: $days}) AS cutoff
MATCH (r:ServiceLinkedRole)
WHERE r.last_used_known
  AND ($account = '' OR r.account = $account)
  AND (r.last_used IS NULL OR datetime(r.last_used) < cutoff)
  AND (r.created IS NULL OR datetime(r.created) < cutoff)
MATCH (owner:Service)-[b:BLOCKS_DELETION_OF]->(r)
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  owner.arn AS service,
  b.prediction AS prediction,
  coalesce(r.last_used, '') AS last_used,
  coalesce(r.created, '') AS created
ORDER BY last_used, role
