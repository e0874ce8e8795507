// ---
// title: Delegation chains
// question: By which chains can one principal become a role, under conditions and without any?
// grain: one row per shortest chain; the shortest that need nothing are there even when they are longer
// params:
//   from: {type: arn, doc: "Where the chain starts."}
//   to: {type: arn, kinds: [role], doc: "The role where it ends."}
// columns:
//   hops: {type: int, doc: "Number of hops, six at most."}
//   verdict: {type: str, doc: "`allow` when no hop needs anything, else `conditional`."}
//   needs: {type: list, doc: "Keys that any hop asks for, in the order of the hops."}
//   chain: {type: list, doc: "Every principal on the way, both ends included."}
//   operations: {type: list, doc: "The operation of each hop."}
// key: [chain, operations]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
// ---
// Two shortest paths instead of every trail: between well connected roles there are millions.
MATCH (start:Principal {arn: $from}), (goal:Role {arn: $to})
WHERE start <> goal
CALL (start, goal) {
  MATCH path = allShortestPaths((start)-[:CAN_ASSUME*..6]->(goal))
  WITH path, [e IN relationships(path) WHERE e.verdict = 'conditional'] AS open
  WHERE size(open) > 0
  RETURN
    path,
    'conditional' AS verdict,
    reduce(known = [], e IN open |
      known + [key IN e.requirement_keys WHERE NOT key IN known]
    ) AS needs
  UNION ALL
  MATCH path = allShortestPaths((start)-[:CAN_ASSUME_NOW*..6]->(goal))
  RETURN
    path,
    'allow' AS verdict,
    [] AS needs
}
RETURN
  length(path) AS hops,
  verdict,
  needs,
  [n IN nodes(path) | n.arn] AS chain,
  [e IN relationships(path) | e.operation] AS operations
ORDER BY hops, verdict, chain, operations
