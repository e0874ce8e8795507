// ---
// title: Deletion blockers
// question: What does AWS want removed before this can be deleted?
// grain: one row per blocker
// params:
//   entity: {type: arn, kinds: [role, user, group, policy, instance_profile, saml_provider, oidc_provider], doc: "The role, user, group, policy, instance profile or provider."}
// columns:
//   kind: {type: str, doc: "What sort of thing blocks."}
//   blocker: {type: arn, doc: "What still blocks; the entity itself where that has no node, as an access key or a version."}
//   id: {type: str, doc: "What AWS's call takes: a name, an id or an ARN."}
//   call: {type: str, doc: "IAM action that takes it away; empty when there is none."}
// key: [kind, blocker, id]
// source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
// ---
OPTIONAL MATCH (p:Principal {arn: $entity})
OPTIONAL MATCH (g:Group {arn: $entity})
OPTIONAL MATCH (d:Policy {arn: $entity})
OPTIONAL MATCH (i:InstanceProfile {arn: $entity})
WITH coalesce(p, g, d, i) AS e
WHERE e IS NOT NULL
MATCH (thing)-[b:BLOCKS_DELETION_OF]->(e)
RETURN
  b.kind AS kind,
  thing.arn AS blocker,
  b.id AS id,
  b.call AS call
ORDER BY kind, blocker, id
