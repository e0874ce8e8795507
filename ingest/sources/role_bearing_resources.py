"""Resources that hold a role: what two tables say of each kind, in each Region.

The tables are ``ingest/data/calls.tsv`` and ``ingest/data/workloads.tsv``.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from ingest.sources._table import Table

_TABLE = Table("regional")
NEEDS = _TABLE.needs
SERVICE = "many"
OPERATIONS = _TABLE.operations
FOLLOWS = _TABLE.leaders(apart=False)
AFTER = _TABLE.leaders(apart=True)
SCOPE = "regional"
WITHOUT = (
    "Such resources are missing among what runs with a role, and so among what breaks when "
    "the role goes."
)
get = _TABLE.get
transform = _TABLE.transform
