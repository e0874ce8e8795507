// ---
// title: Who gets into an account
// question: Who from elsewhere, services of AWS aside, can become a role of this account, and in how many hops?
// grain: one row per principal of another account, or of none, that reaches a role of it
// params:
//   account: {type: account, doc: "The account."}
//   outright: {type: bool, default: false, doc: "Only hops that need nothing."}
//   max_hops: {type: int, default: 6, min: 1, max: 6, doc: "Longest chain."}
// columns:
//   principal: {type: arn, doc: "Who gets there."}
//   name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "What it is."}
//   account: {type: account, doc: "Its account; empty when it has none."}
//   account_name: {type: str, doc: "Name of the account."}
//   hops: {type: int, doc: "Hops to the nearest role of the account."}
// key: [principal]
// ---
// Level by level: a level holds everybody once, so the cost is that of the hops, not of the chains.
MATCH (r:Role)
WHERE r.account = $account
WITH collect(r) AS roles
CALL (roles) {
  UNWIND roles AS x
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
WHERE p.account <> $account
  AND NOT p:Service
RETURN
  p.arn AS principal,
  p.name AS name,
  p.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  hops
ORDER BY hops, principal
