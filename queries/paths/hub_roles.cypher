// ---
// title: Hub roles
// question: Through which roles do the most others pass?
// grain: one row per role that is reached and reaches others
// params:
//   least: {type: int, default: 1, min: 1, doc: "Fewest pairs of principals that it connects."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   reached_by: {type: int, doc: "Principals that can become it within six hops."}
//   reaches: {type: int, doc: "Roles that it can become within six hops."}
//   pairs: {type: int, doc: "The product: pairs that it could connect."}
// key: [role]
// ---
MATCH (r:Role)
WHERE r.reached_by * r.reaches >= $least
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  r.reached_by AS reached_by,
  r.reaches AS reaches,
  r.reached_by * r.reaches AS pairs
ORDER BY pairs DESC, role
