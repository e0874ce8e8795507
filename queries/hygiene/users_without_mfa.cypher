// ---
// title: Users without MFA
// question: Which users have credentials and no MFA device, or may have, and how far do they reach?
// grain: one row per user that is not known to have a device or no credentials
// columns:
//   user: {type: arn, doc: "The user."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   reaches: {type: int, doc: "Roles that it can become within six hops."}
//   is_admin: {type: bool, doc: "Whether it is an administrator."}
//   mfa: {type: str, doc: "`none`, or `unknown` where its devices or credentials were not read."}
// key: [user]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#enable-mfa-for-privileged-users
// ---
MATCH (u:User)
WHERE coalesce(u.mfa_devices, 0) = 0
  AND coalesce(u.has_credentials, true)
RETURN
  u.arn AS user,
  u.name AS name,
  u.account AS account,
  u.account_name AS account_name,
  u.reaches AS reaches,
  u.is_admin AS is_admin,
  CASE WHEN u.mfa_devices IS NULL OR u.has_credentials IS NULL THEN 'unknown' ELSE 'none' END AS mfa
ORDER BY mfa, reaches DESC, user
