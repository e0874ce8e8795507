// ---
// title: Accounts
// question: Which accounts are there, what was read of them, and what do they hold?
// grain: one row per account that the snapshot lists
// columns:
//   account: {type: account, doc: "Its id."}
//   name: {type: str, doc: "Its name."}
//   collected: {type: bool, doc: "Whether its users and roles were read."}
//   in_organization: {type: bool, doc: "Whether it is a member of the organization."}
//   users: {type: int, doc: "Users that were read."}
//   roles: {type: int, doc: "Roles that were read."}
//   administrators: {type: int, doc: "Users and roles that are administrators."}
//   trusted_from_outside: {type: int, doc: "Roles that trust somebody outside the organization."}
//   gaps: {type: int, doc: "Scopes that could not be seen whole."}
// key: [account]
// ---
OPTIONAL MATCH (c:Coverage)
WHERE NOT c.is_seen
WITH collect(c.account) AS unseen
MATCH (a:Account)
OPTIONAL MATCH (a)<-[:IN_ACCOUNT]-(u:User)
WITH
  a,
  unseen,
  count(u) AS users,
  sum(CASE WHEN u.is_admin THEN 1 ELSE 0 END) AS admin_users
OPTIONAL MATCH (a)<-[:IN_ACCOUNT]-(r:Role)
WITH
  a,
  unseen,
  users,
  admin_users,
  count(r) AS roles,
  sum(CASE WHEN r.is_admin THEN 1 ELSE 0 END) AS admin_roles
OPTIONAL MATCH (a)<-[:IN_ACCOUNT]-(r:Role)-[t:TRUSTS]->(:Principal)
WHERE t.outside_organization
  AND t.effect = 'Allow'
WITH a, unseen, users, admin_users, roles, admin_roles, count(DISTINCT r) AS trusted_from_outside
RETURN
  a.account AS account,
  a.name AS name,
  a.collected AS collected,
  a.in_organization AS in_organization,
  users,
  roles,
  admin_users + admin_roles AS administrators,
  trusted_from_outside,
  size([id IN unseen WHERE id = a.account]) AS gaps
ORDER BY account
