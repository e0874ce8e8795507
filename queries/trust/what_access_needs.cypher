// ---
// title: What conditional access needs
// question: Which requirements stand between principals and roles, and how often?
// grain: one row per key of a requirement
// columns:
//   key: {type: str, doc: "Condition key, or what was not collected."}
//   edges: {type: int, doc: "Hops that ask for it in any of their alternatives."}
//   roles: {type: int, doc: "Roles that these enter."}
//   cross_account: {type: int, doc: "Those of the hops that cross accounts."}
// key: [key]
// ---
MATCH (:Principal)-[e:CAN_ASSUME]->(r:Role)
UNWIND e.requirement_keys AS key
WITH DISTINCT e, r, key
RETURN
  key,
  count(e) AS edges,
  count(DISTINCT r) AS roles,
  sum(CASE WHEN e.cross_account THEN 1 ELSE 0 END) AS cross_account
ORDER BY edges DESC, key
