// ---
// title: Service-linked roles
// question: Which roles belong to a service of AWS, which alone can use and delete them?
// grain: one row per service-linked role
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   service: {type: str, doc: "The service that owns it."}
//   created: {type: time, doc: "When it was made; empty when not read."}
//   last_used: {type: time, doc: "When it was last used; empty when never or not read."}
// key: [role]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
// ---
MATCH (r:ServiceLinkedRole)
WHERE $account = '' OR r.account = $account
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  r.linked_service AS service,
  coalesce(r.created, '') AS created,
  coalesce(r.last_used, '') AS last_used
ORDER BY service, role
