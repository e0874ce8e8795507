// ---
// title: Roles by their deletion blockers
// question: How much stands in the way of deleting each role?
// grain: one row per role
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   blockers: {type: int, doc: "Things that AWS wants removed first."}
//   kinds: {type: list, doc: "Their kinds."}
//   workloads: {type: int, doc: "Resources that run with the role."}
//   reached_by: {type: int, doc: "Principals that can become it within six hops."}
// key: [role]
// source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
// ---
MATCH (r:Role)
WHERE $account = '' OR r.account = $account
OPTIONAL MATCH (thing)-[b:BLOCKS_DELETION_OF]->(r)
WITH r, b
ORDER BY b.kind
WITH r, count(b) AS blockers, collect(DISTINCT b.kind) AS kinds
OPTIONAL MATCH (w:Workload)-[:RUNS_AS]->(r)
WITH r, blockers, kinds, count(DISTINCT w) AS workloads
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  blockers,
  kinds,
  workloads,
  r.reached_by AS reached_by
ORDER BY blockers DESC, workloads DESC, role
