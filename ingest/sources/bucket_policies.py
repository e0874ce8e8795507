"""GetBucketPolicy: the policy of each S3 bucket, also where there is none.

Source:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_resource_policy

NEEDS = ("s3:ListAllMyBuckets", "s3:GetBucketPolicy")
SERVICE = "s3"
LIST = "s3/list-buckets"
READ = "s3/get-bucket-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("NoSuchBucketPolicy",)}
SCOPE = "global"
WITHOUT = (
    "A question about a bucket is decided without the bucket's own policy, which is then a "
    "requirement."
)


def get(reader: Reader) -> Iterator[Page]:
    """The buckets of the account, then the policy of each."""
    buckets: list[str] = []
    for page in reader.call(LIST):
        buckets += [text(bucket, "Name") for bucket in page.peek("Buckets")]
        yield page
    yield from reader.each(READ, [{"Bucket": bucket} for bucket in buckets if bucket])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per bucket that was asked for its policy."""
    for page in pages:
        if page.operation == LIST:
            page.count("Buckets")
            continue
        bucket = page.asked("Bucket")
        if bucket:
            page.state.items += 1
            arn = f"arn:{draft.partition_of(page.account)}:s3:::{bucket}"
            add_resource_policy(draft, page, arn, page.response.get("Policy"))
