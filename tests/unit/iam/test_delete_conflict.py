"""What has hard blockers is what AWS answers `DeleteConflict` to, by botocore's own model."""

import pytest

from iam.removal import DELETES
from tests.support.recorded import operation_model


@pytest.mark.parametrize("kind", DELETES)
def test_only_providers_are_deleted_whatever_uses_them(kind: str) -> None:
    """F-7 to F-13: neither DeleteSAMLProvider nor DeleteOpenIDConnectProvider knows a conflict."""
    words = {
        "iam:DeleteSAMLProvider": "delete-saml-provider",
        "iam:DeleteOpenIDConnectProvider": "delete-open-id-connect-provider",
    }
    name = words.get(DELETES[kind], f"delete-{kind.replace('_', '-')}")
    errors = {shape.name for shape in operation_model(f"iam/{name}").error_shapes}
    assert ("DeleteConflictException" in errors) is (kind not in ("saml_provider", "oidc_provider"))
