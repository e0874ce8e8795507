// ---
// title: Longest chains
// question: Who becomes roles over the most hops, and by which chain?
// grain: one row per principal, with a shortest chain to the farthest role that it can become
// params:
//   least: {type: int, default: 2, min: 1, max: 6, doc: "Fewest hops that count."}
// columns:
//   principal: {type: arn, doc: "Who starts."}
//   kind: {type: str, doc: "What it is."}
//   role: {type: arn, doc: "The farthest role within six hops; the first by ARN of several."}
//   hops: {type: int, doc: "Hops of the shortest chain there."}
//   chain: {type: list, doc: "Every principal on the way, both ends included."}
// key: [principal]
// limit: 25
// ---
MATCH (start:Principal)
WHERE start.farthest >= $least
WITH start
ORDER BY start.farthest DESC, start.arn
LIMIT $row_limit
MATCH (goal:Role {arn: start.farthest_role})
MATCH path = allShortestPaths((start)-[:CAN_ASSUME*..6]->(goal))
WITH start, goal, [n IN nodes(path) | n.arn] AS chain
ORDER BY chain
WITH start, goal, collect(chain) AS chains
RETURN
  start.arn AS principal,
  start.kind AS kind,
  goal.arn AS role,
  start.farthest AS hops,
  chains[0] AS chain
ORDER BY hops DESC, principal
