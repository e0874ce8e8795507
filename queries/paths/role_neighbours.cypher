// ---
// title: Next to a role
// question: Who enters this role directly, and which roles does it enter?
// grain: one row per direction, other principal and operation
// params:
//   role: {type: arn, kinds: [role], doc: "The role."}
// columns:
//   direction: {type: str, doc: "`in`: the other becomes the role; `out`: the role becomes the other."}
//   other: {type: arn, doc: "The other principal."}
//   kind: {type: str, doc: "What it is."}
//   account: {type: account, doc: "Its account; empty when it has none."}
//   operation: {type: str, doc: "How."}
//   verdict: {type: str, doc: "`allow` or `conditional`."}
//   needs: {type: list, doc: "Keys that it asks for."}
//   statements: {type: list, doc: "Statements that let it."}
// key: [direction, other, operation]
// ---
MATCH (r:Role {arn: $role})
CALL (r) {
  MATCH (other:Principal)-[e:CAN_ASSUME]->(r)
  RETURN 'in' AS direction, other, e
  UNION ALL
  MATCH (r)-[e:CAN_ASSUME]->(other:Role)
  RETURN 'out' AS direction, other, e
}
RETURN
  direction,
  other.arn AS other,
  other.kind AS kind,
  other.account AS account,
  e.operation AS operation,
  e.verdict AS verdict,
  e.requirement_keys AS needs,
  e.statements AS statements
ORDER BY direction, other, operation
