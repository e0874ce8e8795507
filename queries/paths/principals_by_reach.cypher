// ---
// title: Principals by the number of roles that they reach
// question: Who can become the most roles?
// grain: one row per principal that can become any role
// params:
//   account: {type: account, default: "", doc: "Only principals of this account."}
//   kind: {type: str, default: "", doc: "Only principals of this kind, as `user`, `role` or `service`."}
// columns:
//   principal: {type: arn, doc: "The principal."}
//   name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "What it is."}
//   account: {type: account, doc: "Its account; empty when it has none."}
//   account_name: {type: str, doc: "Name of the account."}
//   reaches: {type: int, doc: "Roles that it can become within six hops."}
//   farthest: {type: int, doc: "Hops to the farthest of them."}
// key: [principal]
// ---
MATCH (p:Principal)
WHERE p.reaches > 0
  AND ($account = '' OR p.account = $account)
  AND ($kind = '' OR p.kind = $kind)
RETURN
  p.arn AS principal,
  p.name AS name,
  p.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  p.reaches AS reaches,
  p.farthest AS farthest
ORDER BY reaches DESC, farthest DESC, principal
