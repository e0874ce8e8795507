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
MATCH (a:Account)
CALL (a) {
  OPTIONAL MATCH (u:User {account: a.account})
  RETURN count(u) AS users
}
RETURN a.account AS account
ORDER BY account
