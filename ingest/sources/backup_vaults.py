"""GetBackupVaultAccessPolicy: the policy of each backup vault.

Source:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultAccessPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("backup:ListBackupVaults", "backup:GetBackupVaultAccessPolicy")
SERVICE = "backup"
LIST = "backup/list-backup-vaults"
READ = "backup/get-backup-vault-access-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("ResourceNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a vault is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="BackupVaultList",
    read=READ,
    asks="BackupVaultName=BackupVaultName",
    policy="Policy",
    arn=(
        "{BackupVaultArn}",
        "arn:{partition}:backup:{region}:{account}:backup-vault:{request.BackupVaultName}",
    ),
)
get = _POLICIES.get
transform = _POLICIES.transform
