// ---
// title: Deletion blockers
// question: What does AWS want removed before this role can be deleted?
// grain: one row per blocker
// params:
//   role: {type: arn, kinds: [role], doc: "The role."}
// columns:
//   kind: {type: str, doc: "What sort of thing blocks."}
//   blocker: {type: arn, doc: "What still blocks."}
//   id: {type: str, doc: "What AWS's call takes: a name or an ARN."}
//   call: {type: str, doc: "IAM action that takes it away; empty when there is none."}
// key: [kind, blocker]
// source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
// ---
MATCH (r:Role {arn: $role})
MATCH (thing)-[b:BLOCKS_DELETION_OF]->(r)
RETURN
  b.kind AS kind,
  thing.arn AS blocker,
  b.id AS id,
  b.call AS call
ORDER BY kind, blocker
