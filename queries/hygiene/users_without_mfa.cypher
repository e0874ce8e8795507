// ---
// title: Users without MFA
// question: Which users have credentials and no MFA device, and how far do they reach?
// grain: one row per user whose MFA devices and credentials were read
// columns:
//   user: {type: arn, doc: "The user."}
//   name: {type: str, doc: "Its name."}
//   account: {type: account, doc: "Its account."}
//   account_name: {type: str, doc: "Name of the account."}
//   reaches: {type: int, doc: "Roles that it can become within six hops."}
//   is_admin: {type: bool, doc: "Whether it is an administrator."}
// key: [user]
// source: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#enable-mfa-for-privileged-users
// ---
MATCH (u:User)
WHERE u.mfa_devices = 0
  AND u.has_credentials
RETURN
  u.arn AS user,
  u.name AS name,
  u.account AS account,
  u.account_name AS account_name,
  u.reaches AS reaches,
  u.is_admin AS is_admin
ORDER BY reaches DESC, user
