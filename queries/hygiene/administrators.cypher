// ---
// title: Administrators
// question: Which users and roles may do everything, and how many can become them?
// grain: one row per user or role whose own policies allow `*` on `*` after every layer
// params:
//   account: {type: account, default: "", doc: "Only principals of this account."}
// columns:
//   principal: {type: arn, doc: "The user or role."}
//   name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "`user` or `role`."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   reached_by: {type: int, doc: "Principals that can become it within six hops."}
//   reached_by_now: {type: int, doc: "Those that can without meeting any requirement."}
// key: [principal]
// ---
MATCH (p:User|Role)
WHERE p.is_admin
  AND ($account = '' OR p.account = $account)
RETURN
  p.arn AS principal,
  p.name AS name,
  p.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  p.reached_by AS reached_by,
  p.reached_by_now AS reached_by_now
ORDER BY reached_by DESC, principal
