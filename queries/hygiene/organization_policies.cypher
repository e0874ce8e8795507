// ---
// title: Policies of the organization
// question: Which service and resource control policies are attached to each account or above it?
// grain: one row per account, policy and place where the policy is attached
// params:
//   account: {type: account, default: "", doc: "Only this account."}
// columns:
//   account: {type: account, doc: "The account."}
//   account_name: {type: str, doc: "Its name."}
//   kind: {type: str, doc: "`scp` or `rcp`."}
//   policy: {type: arn, doc: "The policy."}
//   name: {type: str, doc: "Its name."}
//   attached_to: {type: arn, doc: "The account itself, or a root or unit above it."}
//   place: {type: str, doc: "Name of that."}
//   levels_up: {type: int, doc: "How far above the account that is; 0 for itself."}
//   binds: {type: bool, doc: "Whether it has an effect there: no such policy binds the management account."}
// key: [account, policy, attached_to]
// source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
// ---
MATCH (a:Account)
WHERE $account = '' OR a.account = $account
MATCH path = (a)-[:CHILD_OF*0..6]->(above)
MATCH (above)-[g:GOVERNED_BY]->(p:Policy)
RETURN
  a.account AS account,
  a.name AS account_name,
  g.kind AS kind,
  p.arn AS policy,
  p.name AS name,
  above.arn AS attached_to,
  above.name AS place,
  length(path) AS levels_up,
  NOT a.is_management AS binds
ORDER BY account, kind, levels_up, policy, attached_to
