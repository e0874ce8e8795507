// ---
// title: Orphaned roles
// question: Which roles can nobody enter, does nobody use, and does nothing keep from being deleted?
// grain: one row per role without a way in, a use for so many days, a resource that runs with it, and blockers
// params:
//   days: {type: int, default: 90, min: 1, max: 3650, doc: "Days without use; a younger role is left out."}
//   account: {type: account, default: "", doc: "Only roles of this account."}
//   blocked: {type: bool, default: false, doc: "Also roles that AWS deletes only when their blockers are gone."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   trusts: {type: int, doc: "Principals that its trust policy names in an Allow."}
//   blockers: {type: int, doc: "Things that AWS wants removed first."}
//   last_used: {type: time, doc: "When it was last used; empty when AWS shows no use."}
//   created: {type: time, doc: "When it was made; empty when not read."}
// key: [role]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
// ---
MATCH (s:Snapshot)
WHERE s.taken_at IS NOT NULL
WITH datetime(s.taken_at) - duration({days: $days}) AS cutoff
MATCH (r:Role)
WHERE r.last_used_known
  AND ($account = '' OR r.account = $account)
  AND NOT (r:ServiceLinkedRole OR r:ReservedRole)
  AND (r.last_used IS NULL OR datetime(r.last_used) < cutoff)
  AND (r.created IS NULL OR datetime(r.created) < cutoff)
  AND NOT EXISTS { MATCH (:Principal)-[:CAN_ASSUME]->(r) }
  AND NOT EXISTS { MATCH (:Workload)-[:RUNS_AS]->(r) }
OPTIONAL MATCH (thing)-[b:BLOCKS_DELETION_OF]->(r)
WITH r, count(b) AS blockers
WHERE $blocked OR blockers = 0
OPTIONAL MATCH (r)-[t:TRUSTS]->(p)
WHERE t.effect = 'Allow'
WITH r, blockers, count(DISTINCT p) AS trusts
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  trusts,
  blockers,
  coalesce(r.last_used, '') AS last_used,
  coalesce(r.created, '') AS created
ORDER BY blockers, last_used, role
