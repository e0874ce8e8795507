// ---
// title: What a principal can reach
// question: Which roles can this principal become, directly or through others?
// grain: one row per role within reach
// params:
//   principal: {type: arn, doc: "Who starts."}
//   outright: {type: bool, default: false, doc: "Only hops that need nothing."}
//   max_hops: {type: int, default: 6, min: 1, max: 6, doc: "Longest chain."}
// columns:
//   role: {type: arn, doc: "The role."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   hops: {type: int, doc: "Hops of the shortest chain."}
//   is_admin: {type: bool, doc: "Whether it is an administrator."}
// key: [role]
// ---
// Level by level: a level holds everybody once, so the cost is that of the hops, not of the chains.
MATCH (start:Principal {arn: $principal})
CALL (start) {
  MATCH (start)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS first
}
CALL (first) {
  UNWIND first AS x
  MATCH (x)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS second
}
CALL (second) {
  UNWIND second AS x
  MATCH (x)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS third
}
CALL (third) {
  UNWIND third AS x
  MATCH (x)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS fourth
}
CALL (fourth) {
  UNWIND fourth AS x
  MATCH (x)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS fifth
}
CALL (fifth) {
  UNWIND fifth AS x
  MATCH (x)-[e:CAN_ASSUME]->(r:Role)
  WHERE NOT $outright OR e.verdict = 'allow'
  RETURN collect(DISTINCT r) AS sixth
}
UNWIND [
  {hops: 1, roles: first},
  {hops: 2, roles: second},
  {hops: 3, roles: third},
  {hops: 4, roles: fourth},
  {hops: 5, roles: fifth},
  {hops: 6, roles: sixth}
] AS level
WITH level
WHERE level.hops <= $max_hops
UNWIND level.roles AS r
WITH r, level.hops AS distance
WITH r, min(distance) AS hops
WHERE r.arn <> $principal
RETURN
  r.arn AS role,
  r.name AS name,
  r.account AS account,
  r.account_name AS account_name,
  hops,
  r.is_admin AS is_admin
ORDER BY hops, role
