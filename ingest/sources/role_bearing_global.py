"""Resources that hold a role and belong to no Region: replicated buckets, actions of budgets.

Source:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
    https://docs.aws.amazon.com/cost-management/latest/APIReference/API_DescribeBudgetActionsForAccount.html
"""

from ingest.sources._table import Table

_TABLE = Table("global")
NEEDS = _TABLE.needs
SERVICE = "many"
OPERATIONS = _TABLE.operations
AFTER = _TABLE.leaders(apart=True)
SCOPE = "global"
WITHOUT = (
    "Buckets that are replicated and budgets that act are missing among what breaks when a role "
    "goes."
)
get = _TABLE.get
transform = _TABLE.transform
