// ---
// title: Delegation chains
// question: By which chains of roles can one principal become a role?
// grain: one row per chain
// params:
//   from: {type: arn, doc: "Where the chain starts."}
//   to: {type: arn, kinds: [role], doc: "The role where it ends."}
//   max_hops: {type: int, default: 6, min: 1, max: 6, doc: "Longest chain."}
// columns:
//   hops: {type: int, doc: "Number of hops."}
//   verdict: {type: str, doc: "`allow` when no hop needs anything, else `conditional`."}
//   needs: {type: list, doc: "Keys that any hop asks for."}
//   chain: {type: list, doc: "Every principal on the way, both ends included."}
//   operations: {type: list, doc: "The operation of each hop."}
// key: [chain, operations]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
// ---
MATCH path = (start:Principal {arn: $from})-[:CAN_ASSUME*1..6]->(goal:Role {arn: $to})
WHERE length(path) <= $max_hops
  AND all(n IN nodes(path) WHERE single(m IN nodes(path) WHERE m = n))
RETURN
  length(path) AS hops,
  1 AS verdict
ORDER BY hops
