// ---
// title: Who can reach a role
// question: Which principals can become this role, directly or through others?
// grain: one row per principal that gets there
// params:
//   role: {type: arn, kinds: [role], doc: "The role."}
//   outright: {type: bool, default: false, doc: "Only hops that need nothing."}
//   max_hops: {type: int, default: 6, min: 1, max: 6, doc: "Longest chain."}
// columns:
//   principal: {type: arn, doc: "Who gets there."}
//   name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "What it is."}
//   account: {type: account, doc: "Its account; empty when it has none."}
//   account_name: {type: str, doc: "Name of the account."}
//   hops: {type: int, doc: "Hops of the shortest chain."}
// key: [principal]
// ---
// Level by level: a level holds everybody once, so the cost is that of the hops, not of the chains.
MATCH (goal:Role {arn: $role})
CALL (goal) {
  MATCH (p:Principal)-[e:CAN_ASSUME]->(goal)
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
WHERE p.arn <> $role
RETURN
  p.arn AS principal,
  p.name AS name,
  p.kind AS kind,
  p.account AS account,
  p.account_name AS account_name,
  hops
ORDER BY hops, principal
