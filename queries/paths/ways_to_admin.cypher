// ---
// title: Who can become an administrator
// question: Which principals reach an administrator's role, and in how many hops?
// grain: one row per principal that is no administrator and reaches one
// params:
//   account: {type: account, default: "", doc: "Only principals of this account."}
//   outright: {type: bool, default: false, doc: "Only hops that need nothing."}
//   max_hops: {type: int, default: 6, min: 1, max: 6, doc: "Longest chain."}
// columns:
//   principal: {type: arn, doc: "Who gets there."}
//   name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "What it is."}
//   account: {type: account, doc: "Its account; empty when it has none."}
//   account_name: {type: str, doc: "Name of the account."}
//   hops: {type: int, doc: "Hops to the nearest administrator."}
// key: [principal]
// ---
// Level by level: a level holds everybody once, so the cost is that of the hops, not of the chains.
MATCH (admin:Role)
WHERE admin.is_admin
WITH collect(admin) AS admins
CALL (admins) {
  UNWIND admins AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS first
}
CALL (first) {
  UNWIND first AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS second
}
CALL (second) {
  UNWIND second AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS third
}
CALL (third) {
  UNWIND third AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS fourth
}
CALL (fourth) {
  UNWIND fourth AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS fifth
}
CALL (fifth) {
  UNWIND fifth AS x
  MATCH (p:Principal)-[e:CAN_ASSUME]->(x)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT p) AS sixth
}
UNWIND [
  {hops: 1, principals: first},
  {hops: 2, principals: second},
  {hops: 3, principals: third},
  {hops: 4, principals: fourth},
  {hops: 5, principals: fifth},
  {hops: 6, principals: sixth}
] AS level
WITH level
WHERE level.hops <= $max_hops
UNWIND level.principals AS p
WITH p, level.hops AS distance
WITH p, min(distance) AS hops
WHERE NOT coalesce(p.is_admin, false)
  AND ($account = '' OR p.account = $account)
RETURN
  p.arn AS principal,
  p.name AS name,
  p.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  hops
ORDER BY hops, principal
