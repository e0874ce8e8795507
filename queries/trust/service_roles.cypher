// ---
// title: Service roles
// question: Which services may use which roles, and for which resources do they?
// grain: one row per role and service
// params:
//   service: {type: str, default: "", doc: "Only this service, as `lambda.amazonaws.com`."}
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   service: {type: str, doc: "The service that may use the role."}
//   role: {type: arn, doc: "The role."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   verdict: {type: str, doc: "`allow` or `conditional`."}
//   needs: {type: list, doc: "Keys that it asks for."}
//   has_guard: {type: bool, doc: "Whether every statement that names the service has a source condition."}
//   workloads: {type: int, doc: "Resources that are configured to run with the role for this service."}
//   is_admin: {type: bool, doc: "Whether the role is an administrator."}
// key: [service, role]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html
// ---
MATCH (s:Service)-[e:CAN_ASSUME]->(r:ServiceRole)
WHERE ($service = '' OR s.arn = $service)
  AND ($account = '' OR r.account = $account)
OPTIONAL MATCH (r)-[t:TRUSTS]->(s)
WITH s, e, r, min(CASE WHEN t.effect = 'Allow' AND NOT t.has_guard THEN 0 ELSE 1 END) AS guarded
OPTIONAL MATCH (w:Workload)-[u:RUNS_AS]->(r)
WHERE u.service = s.arn
WITH s, e, r, guarded, count(DISTINCT w) AS workloads
RETURN
  s.arn AS service,
  r.arn AS role,
  r.account AS account,
  r.account_name AS account_name,
  e.verdict AS verdict,
  e.requirement_keys AS needs,
  guarded = 1 AS has_guard,
  workloads,
  r.is_admin AS is_admin
ORDER BY service, role
