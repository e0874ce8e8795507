// ---
// title: Workloads of a role
// question: Which resources run with this role and fail when it is gone?
// grain: one row per resource, service and instance profile
// params:
//   role: {type: arn, kinds: [role], doc: "The role."}
// columns:
//   workload: {type: arn, doc: "The resource."}
//   type: {type: str, doc: "Its CloudFormation type."}
//   account: {type: account, doc: "Its account."}
//   region: {type: str, doc: "Its Region."}
//   service: {type: str, doc: "The service that assumes the role for it."}
//   instance_profile: {type: arn, doc: "The instance profile between; empty for none."}
// key: [workload, service, instance_profile]
// ---
MATCH (r:Role {arn: $role})
MATCH (w:Workload)-[u:RUNS_AS]->(r)
RETURN
  w.arn AS workload,
  w.type AS type,
  w.account AS account,
  w.region AS region,
  u.service AS service,
  coalesce(u.instance_profile, '') AS instance_profile
ORDER BY workload, service, instance_profile
