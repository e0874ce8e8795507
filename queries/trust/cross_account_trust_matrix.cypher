// ---
// title: Cross-account trust matrix
// question: Which accounts let which others in, and by how many roles?
// grain: one row per pair of a trusted and a trusting account
// params:
//   account: {type: account, default: "", doc: "Only pairs with this account on either side."}
// columns:
//   from_account: {type: account, doc: "Account that is trusted."}
//   from_name: {type: str, doc: "Its name; empty when not known."}
//   to_account: {type: account, doc: "Account whose roles trust it."}
//   to_name: {type: str, doc: "Its name; empty when not known."}
//   roles: {type: int, doc: "Roles that name the account or a principal of it."}
//   enterable_roles: {type: int, doc: "Roles that a principal of it can become in one hop."}
//   admin_roles: {type: int, doc: "Administrators among these."}
//   outside_organization: {type: bool, doc: "Whether the trusted account is outside the organization."}
// key: [from_account, to_account]
// ---
CALL () {
  MATCH (r:Role)-[t:TRUSTS]->(p:Principal|Account)
  WHERE t.cross_account
    AND t.effect = 'Allow'
    AND NOT t.dangling
    AND p.account <> ''
  RETURN
    p.account AS from_account,
    p.account_name AS from_name,
    r AS role,
    t.outside_organization AS is_outside,
    true AS is_named,
    false AS is_enterable
  UNION ALL
  MATCH (p:Principal)-[e:CAN_ASSUME]->(r:Role)
  WHERE e.cross_account
    AND p.account <> ''
  RETURN
    p.account AS from_account,
    p.account_name AS from_name,
    r AS role,
    e.outside_organization AS is_outside,
    false AS is_named,
    true AS is_enterable
}
WITH from_account, from_name, role, is_outside, is_named, is_enterable
WHERE $account = '' OR from_account = $account OR role.account = $account
RETURN
  from_account,
  max(from_name) AS from_name,
  role.account AS to_account,
  max(role.account_name) AS to_name,
  count(DISTINCT CASE WHEN is_named THEN role END) AS roles,
  count(DISTINCT CASE WHEN is_enterable THEN role END) AS enterable_roles,
  count(DISTINCT CASE WHEN is_enterable AND role.is_admin THEN role END) AS admin_roles,
  max(CASE WHEN is_outside THEN 1 ELSE 0 END) = 1 AS outside_organization
ORDER BY from_account, to_account
