"""Properties that several kinds share are worded once: a name means one thing everywhere."""

from graph.schema import Property

KIND = Property("kind", "what it is, as a lower-case word", required=True)
ACCOUNT = Property("account", "id of its account; empty when it has none", required=True)
ACCOUNT_NAME = Property("account_name", "name of that account; empty when not known", required=True)
UNIQUE_ID = Property("unique_id", "AWS's unique id (`AROA…`); empty when not read")
PATH = Property("path", "IAM path")
CREATED = Property("created", "when it was made, as ISO text in UTC")
TAGS = Property("tags", "tags in AWS's order, as JSON text: `[[key, value], …]`")
PLACE = Property("place", "where AWS's own words stand, as `file#/json/pointer`")
INLINE = Property("inline", "keys of its inline policies", "list[str]")
ATTACHED = Property("attached", "ARNs of the managed policies attached to it", "list[str]")
BOUNDARY = Property("boundary", "ARN of the policy that is its permissions boundary")
IS_ADMIN = Property(
    "is_admin", "whether its own policies allow `*` on `*` after every layer", "bool", required=True
)
NAMED_ONLY = Property(
    "named_only",
    "true when something names it and its own facts were not read",
    "bool",
    required=True,
)
HAS_ARN = Property(
    "has_arn", "false where an id stands in the place of the ARN", "bool", required=True
)
IN_ORGANIZATION = Property(
    "in_organization", "whether its account is a member of the organization", "bool", required=True
)

REACH = (
    Property("reaches", "roles that it can become within six hops", "int", required=True),
    Property("reached_by", "principals that can become it within six hops", "int", required=True),
    Property(
        "reached_by_now",
        "those among them that can without meeting any requirement",
        "int",
        required=True,
    ),
    Property("farthest", "hops to the last role that it can become", "int", required=True),
    Property("farthest_role", "the first such role by key; empty for none", required=True),
)
PRINCIPAL = (KIND, ACCOUNT, ACCOUNT_NAME, *REACH)
"""On every principal."""

OPERATION = Property(
    "operation",
    "`AssumeRole`, `AssumeRoleWithSAML`, `AssumeRoleWithWebIdentity` or `sso`",
    required=True,
)
CROSS_ACCOUNT = Property(
    "cross_account", "whether the two ends are in different accounts", "bool", required=True
)
OUTSIDE = Property(
    "outside_organization",
    "whether it is everyone, or of another account that is not known to share the organization",
    "bool",
    required=True,
)
