// ---
// title: Roles by the number of principals that reach them
// question: Which roles can the most principals become?
// grain: one row per role that anybody can become
// params:
//   account: {type: account, default: "", doc: "Only roles of this account."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   reached_by: {type: int, doc: "Principals that can become it within six hops."}
//   reached_by_now: {type: int, doc: "Those that can without meeting any requirement."}
//   reaches: {type: int, doc: "Roles that it can become in turn."}
//   is_admin: {type: bool, doc: "Whether it is an administrator."}
// key: [role]
// ---
MATCH (r:Role)
WHERE r.reached_by > 0
  AND ($account = '' OR r.account = $account)
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  r.reached_by AS reached_by,
  r.reached_by_now AS reached_by_now,
  r.reaches AS reaches,
  r.is_admin AS is_admin
ORDER BY reached_by DESC, reached_by_now DESC, role
