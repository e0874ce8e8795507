// ---
// title: Unused roles
// question: Which roles has nobody used for so many days before the snapshot?
// grain: one row per role whose last use was read and is long ago
// params:
//   days: {type: int, default: 90, min: 1, max: 3650, doc: "Days without use; a younger role is left out."}
//   account: {type: account, default: "", doc: "Only roles of this account."}
//   managed: {type: bool, default: false, doc: "Also roles that a service or IAM Identity Center keeps."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   last_used: {type: time, doc: "When it was last used; empty when AWS shows no use."}
//   created: {type: time, doc: "When it was made; empty when not read."}
//   managed_by: {type: str, doc: "Who keeps it: a service, `identity-center`, or empty for yourselves."}
//   reached_by: {type: int, doc: "Principals that can become it within six hops."}
//   is_admin: {type: bool, doc: "Whether it is an administrator."}
// key: [role]
// source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
// ---
MATCH (s:Snapshot)
WHERE s.taken_at IS NOT NULL
WITH datetime(s.taken_at) - duration({days: $days}) AS cutoff
MATCH (r:Role)
WHERE r.last_used_known
  AND ($account = '' OR r.account = $account)
  AND ($managed OR NOT (r:ServiceLinkedRole OR r:ReservedRole))
  AND (r.last_used IS NULL OR datetime(r.last_used) < cutoff)
  AND (r.created IS NULL OR datetime(r.created) < cutoff)
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  coalesce(r.last_used, '') AS last_used,
  coalesce(r.created, '') AS created,
  CASE
    WHEN r:ServiceLinkedRole THEN r.linked_service
    WHEN r:ReservedRole THEN 'identity-center'
    ELSE ''
  END AS managed_by,
  r.reached_by AS reached_by,
  r.is_admin AS is_admin
ORDER BY last_used, role
