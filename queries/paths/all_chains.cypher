// ---
// title: All chains of a few hops
// question: By which chains of at most four hops can one principal become a role?
// grain: one row per chain that meets nobody twice
// params:
//   from: {type: arn, doc: "Where the chain starts."}
//   to: {type: arn, kinds: [role], doc: "The role where it ends."}
//   max_hops: {type: int, default: 4, min: 1, max: 4, doc: "Longest chain; `rolepath paths` goes further."}
// columns:
//   hops: {type: int, doc: "Number of hops."}
//   verdict: {type: str, doc: "`allow` when no hop needs anything, else `conditional`."}
//   needs: {type: list, doc: "Keys that any hop asks for, in the order of the hops."}
//   chain: {type: list, doc: "Every principal on the way, both ends included."}
//   operations: {type: list, doc: "The operation of each hop."}
// key: [chain, operations]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
// ---
MATCH (start:Principal {arn: $from}), (goal:Role {arn: $to})
MATCH path = (start)-[:CAN_ASSUME*1..4]->(goal)
WHERE length(path) <= $max_hops
  AND all(n IN nodes(path) WHERE single(m IN nodes(path) WHERE m = n))
WITH path, [e IN relationships(path) WHERE e.verdict = 'conditional'] AS open
RETURN
  length(path) AS hops,
  CASE WHEN size(open) = 0 THEN 'allow' ELSE 'conditional' END AS verdict,
  reduce(known = [], e IN open |
    known + [key IN e.requirement_keys WHERE NOT key IN known]
  ) AS needs,
  [n IN nodes(path) | n.arn] AS chain,
  [e IN relationships(path) | e.operation] AS operations
ORDER BY hops, verdict, chain, operations
