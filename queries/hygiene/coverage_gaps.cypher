// ---
// title: Coverage gaps
// question: What was asked for and could not be read, and which permission is missing for it?
// grain: one row per scope that was asked for and not seen whole; what nobody asked for stands under *not seen* of the answer
// params:
//   account: {type: account, default: "", doc: "Only gaps of this account."}
// columns:
//   scope: {type: str, doc: "Account, Region, service, operation and resource; `#2` when met again."}
//   account: {type: account, doc: "The account."}
//   account_name: {type: str, doc: "Name of the account."}
//   region: {type: str, doc: "The Region, or `global`."}
//   service: {type: str, doc: "The service's client."}
//   operation: {type: str, doc: "The call."}
//   status: {type: str, doc: "Why it was not seen."}
//   missing_action: {type: str, doc: "IAM action that would allow it; empty when that is not the reason."}
//   note: {type: str, doc: "What was odd about the answer."}
// key: [account, region, service, operation, scope]
// ---
MATCH (c:Coverage)
WHERE NOT c.is_seen
  AND ($account = '' OR c.account = $account)
RETURN
  c.name AS scope,
  c.account AS account,
  c.account_name AS account_name,
  c.region AS region,
  c.service AS service,
  c.operation AS operation,
  c.status AS status,
  coalesce(c.missing_action, '') AS missing_action,
  coalesce(c.note, '') AS note
ORDER BY account, service, operation, region, scope
