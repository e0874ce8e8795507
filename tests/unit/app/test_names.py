"""What a person types becomes one key, or an error that lists what it could have been."""

from functools import cache

import pytest

from app.answers import Answers
from app.demo import folder
from app.names import did_you_mean, suggestion
from iam.errors import UnknownNameError
from iam.model import Account, Group, InstanceProfile
from ingest.snapshot import read_one
from tests.unit.iam.build import A, B, role, snapshot, trust, user

X = "999999999999"


@cache
def demo() -> Answers:
    return Answers.of(read_one(folder()))


@cache
def small() -> Answers:
    everyone = [trust({"AWS": "*"})]
    model = snapshot(
        user("ana"),
        user("Deploy"),
        role("deploy", everyone),
        role("deploy", everyone, account=B),
        role("only", everyone, path="/team/"),
        role("audit", [trust({"AWS": f"arn:aws:iam::{X}:root"})]),
        accounts={
            A: Account(id=A, name="Sandbox", aliases=("acme-sandbox",), collected=True),
            B: Account(id=B, name="prod", collected=True),
        },
        groups={
            f"arn:aws:iam::{A}:group/ana": Group(
                arn=f"arn:aws:iam::{A}:group/ana", name="ana", account=A
            )
        },
    )
    return Answers.of(model)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (f"arn:aws:iam::{A}:role/deploy", f"arn:aws:iam::{A}:role/deploy"),
        ("prod/deploy", f"arn:aws:iam::{B}:role/deploy"),
        ("PROD/deploy", f"arn:aws:iam::{B}:role/deploy"),
        (f"{B}/deploy", f"arn:aws:iam::{B}:role/deploy"),
        ("prod/role/deploy", f"arn:aws:iam::{B}:role/deploy"),
        ("acme-sandbox/role/deploy", f"arn:aws:iam::{A}:role/deploy"),
        ("only", f"arn:aws:iam::{A}:role/team/only"),
        ("role/only", f"arn:aws:iam::{A}:role/team/only"),
        ("role/team/only", f"arn:aws:iam::{A}:role/team/only"),
        ("ONLY", f"arn:aws:iam::{A}:role/team/only"),
        ("Deploy", f"arn:aws:iam::{A}:user/Deploy"),
        ("user/ana", f"arn:aws:iam::{A}:user/ana"),
        ("group/ana", f"arn:aws:iam::{A}:group/ana"),
        ("  only ", f"arn:aws:iam::{A}:role/team/only"),
        ("*", "*"),
        ("lambda.amazonaws.com", "lambda.amazonaws.com"),
        (A, f"arn:aws:iam::{A}:root"),
        (X, f"arn:aws:iam::{X}:root"),
        ("prod", f"arn:aws:iam::{B}:root"),
        (f"arn:aws:iam::{X}:role/theirs", f"arn:aws:iam::{X}:role/theirs"),
        (f"arn:aws:sts::{A}:assumed-role/only/s", f"arn:aws:sts::{A}:assumed-role/only/s"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
    ],
)
def test_a_name_means_one_thing(typed: str, key: str) -> None:
    assert small().resolve(typed) == key


def test_a_kind_that_is_meant_settles_what_a_name_means() -> None:
    assert small().resolve("ana", ["user"]) == f"arn:aws:iam::{A}:user/ana"
    assert small().resolve("ana", ["group"]) == f"arn:aws:iam::{A}:group/ana"


def test_a_name_of_several_things_lists_them() -> None:
    with pytest.raises(UnknownNameError, match="`deploy` names 2 things") as caught:
        small().resolve("deploy")
    assert f"arn:aws:iam::{A}:role/deploy" in caught.value.help
    assert f"arn:aws:iam::{B}:role/deploy" in caught.value.help


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("prod/deplyo", "did you mean `"),
        ("onyl", "did you mean `only`"),
        (f"arn:aws:iam::{A}:role/onyl", "did you mean `only`?"),
        (f"arn:aws:iam::{A}:role/only", f"did you mean `arn:aws:iam::{A}:role/team/only`?"),
        ("arn:aws:iam", "is not an ARN"),
        ("", "an empty name"),
        ("nothing/like/it", "give an ARN, a name, or account/name"),
        ("prod/only", "`only`"),
    ],
)
def test_an_unknown_name_says_what_it_could_have_been(typed: str, said: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        small().resolve(typed)
    assert said in f"{caught.value.message} {caught.value.help}"


def test_letters_that_the_locale_does_not_have_name_nothing() -> None:
    with pytest.raises(UnknownNameError, match="the locale does not have") as caught:
        small().resolve("deploy-\udcc3\udcbc")
    assert caught.value.help == "run it with LC_ALL=C.UTF-8"


def test_a_long_list_of_candidates_is_cut_and_says_so() -> None:
    roles = [role("same", [], account=f"{n:012}") for n in range(1, 16)]
    with pytest.raises(UnknownNameError, match="names 15 things") as caught:
        Answers.of(snapshot(*roles)).resolve("same")
    assert caught.value.help.splitlines()[-1] == "and 3 more"


def test_every_key_of_the_demo_means_itself() -> None:
    keys = [row["arn"] for row in demo().search("", limit=10_000)["rows"]]
    assert len(keys) > 200
    assert [key for key in keys if demo().resolve(key) != key] == []


def test_every_name_of_the_demo_with_its_account_and_kind_means_one_thing() -> None:
    wrong = []
    for row in demo().search("", limit=10_000, kinds=["user", "role"])["rows"]:
        typed = f"{row['account_name']}/{row['kind']}/{row['name']}"
        if demo().resolve(typed) != row["arn"]:
            wrong.append(typed)
    assert wrong == []


def test_suggestions_ignore_case_and_keep_the_spelling() -> None:
    assert did_you_mean("unused_role", ["Unused_Roles", "hub_roles"])[0] == "Unused_Roles"
    assert suggestion("zzz", ["abc"], "otherwise") == "otherwise"


def test_a_role_wins_over_its_instance_profile_where_a_principal_is_wanted() -> None:
    web = role("web", [trust({"Service": "ec2.amazonaws.com"})])
    profile = f"arn:aws:iam::{A}:instance-profile/web"
    held = {profile: InstanceProfile(arn=profile, name="web", account=A)}
    answers = Answers.of(snapshot(web, instance_profiles=held))
    assert answers.reach("web")["principal"] == web.arn
    assert answers.why("web", web.arn)["principal"] == web.arn
    with pytest.raises(UnknownNameError):
        answers.blockers("web")


def test_a_provider_that_was_not_read_may_still_be_asked_about() -> None:
    provider = f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com"
    assert small().resolve(provider) == provider
