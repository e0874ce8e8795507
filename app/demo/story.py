"""Larkspur, a shop with six AWS accounts, holds one example of every idea that rolepath explains.

Each role's name says its idea. What is too wide here is too wide on purpose.
"""

from app.demo.shapes import (
    Account,
    Json,
    allow,
    deny,
    document,
    hexadecimal,
    managed,
    service,
    trusts,
)

TAKEN_AT = "2026-11-02T06:00:00Z"
ORGANIZATION = "o-lk7c2mv9qe"
ROOT = "r-lk01"
HOME, SECOND = "eu-west-1", "us-east-1"
REGIONS = (HOME, SECOND)
UNITS = {
    "Security": "ou-lk01-4rx7secu",
    "Infrastructure": "ou-lk01-9mq2infr",
    "Workloads": "ou-lk01-7tz5work",
    "Staging": "ou-lk01-3bn8stag",
    "Production": "ou-lk01-6hd1prod",
}
UNIT_ABOVE = {"Staging": "Workloads", "Production": "Workloads"}
VENDOR_MONITORING, VENDOR_BILLING, VENDOR_SIEM = "999999999999", "888888888888", "777777777777"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
GITHUB = "token.actions.githubusercontent.com"
RECENT, LAST_WEEK, SPRING = (
    "2026-11-01T22:14:09+00:00",
    "2026-10-27T11:03:41+00:00",
    "2026-04-19T07:55:20+00:00",
)

management = Account("111111111111", "management", "")
identity = Account("222222222222", "identity", "Security")
security = Account("333333333333", "security", "Security")
shared = Account("444444444444", "shared-services", "Infrastructure")
staging = Account("555555555555", "staging", "Staging")
production = Account("666666666666", "production", "Production")
ACCOUNTS = (management, identity, security, shared, staging, production)
MEMBERS = ACCOUNTS[1:]

_A = "arn:aws:iam::aws:policy/"
ADMINISTRATOR = _A + "AdministratorAccess"
READ_ONLY = _A + "ReadOnlyAccess"
VIEW_ONLY = _A + "job-function/ViewOnlyAccess"
POWER_USER = _A + "PowerUserAccess"
BILLING = _A + "job-function/Billing"
AUDIT = _A + "SecurityAudit"
LAMBDA_LOGS = _A + "service-role/AWSLambdaBasicExecutionRole"
TASK_EXECUTION = _A + "service-role/AmazonECSTaskExecutionRolePolicy"
CONFIG = _A + "service-role/AWS_ConfigRole"
SYSTEMS_MANAGER = _A + "AmazonSSMManagedInstanceCore"
GLUE = _A + "service-role/AWSGlueServiceRole"


def aws_policies() -> dict[str, Json]:
    """AWS managed policies in use here, shortened: none says less about roles than AWS's own."""
    reads = ("ec2:Describe*", "ecs:Describe*", "ecs:List*", "iam:Get*", "iam:List*", "lambda:List*")
    documents = {
        ADMINISTRATOR: document(allow("*")),
        READ_ONLY: document(allow((*reads, "s3:Get*", "s3:List*", "dynamodb:Get*"))),
        VIEW_ONLY: document(allow(reads)),
        POWER_USER: document(
            {
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "account:*"],
                "Resource": "*",
            },
            allow(
                (
                    "iam:CreateServiceLinkedRole",
                    "iam:ListRoles",
                    "organizations:DescribeOrganization",
                )
            ),
        ),
        BILLING: document(allow(("billing:*", "ce:*", "cur:*", "budgets:*"))),
        AUDIT: document(allow((*reads, "cloudtrail:GetTrail*", "config:Describe*"))),
        LAMBDA_LOGS: document(
            allow(("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"))
        ),
        TASK_EXECUTION: document(
            allow(("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "logs:PutLogEvents"))
        ),
        CONFIG: document(allow(("config:Put*", "ec2:Describe*", "iam:Get*", "iam:List*"))),
        SYSTEMS_MANAGER: document(allow(("ssm:UpdateInstanceInformation", "ssmmessages:*"))),
        GLUE: document(allow(("glue:*", "s3:GetBucketLocation", "s3:ListBucket"))),
    }
    for _, _, policy, actions in LINKED.values():
        documents[f"{_A}aws-service-role/{policy}"] = document(allow(actions))
    return {arn: managed(arn, found) for arn, found in documents.items()}


LINKED = {
    "Support": (
        "support",
        "AWSServiceRoleForSupport",
        "AWSSupportServiceRolePolicy",
        ("ec2:Describe*", "iam:GetRole"),
    ),
    "Trusted Advisor": (
        "trustedadvisor",
        "AWSServiceRoleForTrustedAdvisor",
        "AWSTrustedAdvisorServiceRolePolicy",
        ("ec2:Describe*", "s3:ListAllMyBuckets"),
    ),
    "Organizations": (
        "organizations",
        "AWSServiceRoleForOrganizations",
        "AWSOrganizationsServiceTrustPolicy",
        ("iam:CreateServiceLinkedRole",),
    ),
    "Identity Center": (
        "sso",
        "AWSServiceRoleForSSO",
        "AWSSSOServiceRolePolicy",
        ("iam:CreateRole", "iam:DeleteRole", "iam:AttachRolePolicy"),
    ),
    "ECS": (
        "ecs",
        "AWSServiceRoleForECS",
        "AmazonECSServiceRolePolicy",
        ("ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "elasticloadbalancing:*"),
    ),
    "Auto Scaling": (
        "autoscaling",
        "AWSServiceRoleForAutoScaling",
        "AutoScalingServiceRolePolicy",
        ("ec2:RunInstances", "ec2:TerminateInstances"),
    ),
    "Load balancing": (
        "elasticloadbalancing",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
        ("ec2:AuthorizeSecurityGroupIngress", "ec2:CreateNetworkInterface"),
    ),
    "RDS": (
        "rds",
        "AWSServiceRoleForRDS",
        "AmazonRDSServiceRolePolicy",
        ("ec2:CreateNetworkInterface", "logs:PutLogEvents"),
    ),
}


def into(*roles: str) -> dict[str, Json]:
    """An inline policy that allows assuming some roles."""
    return {
        "assume-roles": document(allow("sts:AssumeRole", roles if len(roles) > 1 else roles[0]))
    }


def role_arn(account: Account, name: str) -> str:
    """ARN of a role without a path."""
    return account.arn("role", name)


def tell() -> None:
    """Fill the six accounts."""
    _everywhere()
    _management()
    _identity()
    _security()
    _shared()
    _staging()
    _production()
    _service_linked()


def _everywhere() -> None:
    """What every account of the organization has."""
    hub = role_arn(security, "audit-hub")
    for account in ACCOUNTS:
        account.role(
            "auditor",
            trusts("AWS", hub),
            attached=(AUDIT, VIEW_ONLY),
            used=LAST_WEEK,
            description="Read for the auditors; entered from the security account only",
        )
        account.role(
            "config-recorder",
            service("config"),
            attached=(CONFIG,),
            used=RECENT,
            description="AWS Config writes down what is there",
        )
        _sign_on(account, "AdministratorAccess", ADMINISTRATOR, used=RECENT)
        _sign_on(account, "ReadOnlyAccess", READ_ONLY, used=LAST_WEEK)
    for account in MEMBERS:
        account.role(
            "OrganizationAccountAccessRole",
            trusts("AWS", management.root),
            attached=(ADMINISTRATOR,),
            used=SPRING,
            description="The management account's way in",
        )


def _sign_on(
    account: Account,
    name: str,
    attached: str,
    inline: dict[str, Json] | None = None,
    used: str = "",
) -> None:
    """The role that IAM Identity Center keeps for a permission set in an account."""
    provider = f"AWSSSO_{hexadecimal(account.id, 16)}_DO_NOT_DELETE"
    if provider not in account.saml:
        account.saml.append(provider)
    account.role(
        f"AWSReservedSSO_{name}_{hexadecimal(account.id + name, 16)}",
        trusts(
            "Federated",
            account.arn("saml-provider", provider),
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            ("sts:AssumeRoleWithSAML", "sts:TagSession"),
        ),
        path=f"/aws-reserved/sso.amazonaws.com/{HOME}/",
        attached=(attached,),
        inline={"AwsSSOInlinePolicy": next(iter(inline.values()))} if inline else None,
        used=used,
        hours=8,
    )


def _service_linked() -> None:
    common = ("Support", "Trusted Advisor", "Organizations", "Identity Center")
    more = {
        staging.id: ("ECS", "Auto Scaling"),
        production.id: ("ECS", "Auto Scaling", "Load balancing", "RDS"),
    }
    for account in ACCOUNTS:
        for name in (*common, *more.get(account.id, ())):
            principal, role, policy, _ = LINKED[name]
            account.role(
                role,
                service(principal),
                path=f"/aws-service-role/{principal}.amazonaws.com/",
                attached=(f"{_A}aws-service-role/{policy}",),
                used=RECENT if account is production and name in more[production.id] else "",
            )


def _management() -> None:
    management.group("organization-admins", inline=into(role_arn(management, "org-admin")))
    for name in ("olga", "tara"):
        management.user(name, ("organization-admins",), tags={"team": "cloud-platform"})
    management.role(
        "org-admin",
        trusts("AWS", management.root, MFA),
        inline={
            "enter-members": document(
                allow("sts:AssumeRole", "arn:aws:iam::*:role/OrganizationAccountAccessRole"),
                allow("organizations:*"),
            )
        },
        used=LAST_WEEK,
        hours=4,
        description="Administers the organization; enters every member account",
    )
    management.role(
        "cost-reader",
        trusts("AWS", identity.root),
        attached=(BILLING,),
        used=LAST_WEEK,
        description="Finance reads the bill",
    )
    management.role(
        "vendor-billing",
        trusts("AWS", f"arn:aws:iam::{VENDOR_BILLING}:root"),
        attached=(BILLING, VIEW_ONLY),
        used=RECENT,
        description="Cloud cost vendor. No external id was agreed",
        tags={"owner": "finance"},
    )
    management.role(
        "billing-export",
        service("lambda"),
        attached=(LAMBDA_LOGS,),
        used=RECENT,
        description="Copies the cost and usage report every night",
    )
    management.role(
        "account-factory",
        service("cloudformation"),
        inline={"make-accounts": document(allow(("organizations:CreateAccount", "iam:Get*")))},
        used=SPRING,
        tags={"aws:cloudformation:stack-name": "account-factory"},
    )
    _sign_on(management, "Billing", BILLING, used=LAST_WEEK)


def _identity() -> None:
    identity.group("developers", inline=into(role_arn(staging, "developer")))
    identity.group(
        "platform",
        inline=into(
            role_arn(shared, "platform-engineer"),
            role_arn(shared, "terraform-runner"),
            role_arn(shared, "network-admin"),
        ),
    )
    identity.group(
        "security",
        inline=into(
            role_arn(security, "incident-hub"),
            role_arn(identity, "security-engineer"),
            role_arn(production, "break-glass"),
        ),
    )
    identity.group("auditors", inline=into(role_arn(security, "audit-hub")))
    identity.group("on-call", inline=into(role_arn(production, "on-call")))
    identity.group("finance", inline=into(role_arn(management, "cost-reader")))
    people = {
        "amina": ("developers",),
        "bruno": ("developers",),
        "dana": ("developers",),
        "elif": ("developers",),
        "farid": ("developers",),
        "chen": ("platform",),
        "hugo": ("platform",),
        "kira": ("platform",),
        "leo": ("platform",),
        "priya": ("security",),
        "sven": ("security",),
        "ines": ("auditors",),
        "noah": ("auditors",),
        "maya": ("developers", "on-call"),
        "jonas": ("platform", "on-call"),
        "rosa": ("finance",),
    }
    for name, groups in people.items():
        identity.user(name, groups, mfa=name != "farid", tags={"team": groups[0]})
    identity.saml.append("CorpDirectory")
    directory = identity.arn("saml-provider", "CorpDirectory")
    audience = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    identity.role(
        "employee",
        trusts("Federated", directory, audience, "sts:AssumeRoleWithSAML"),
        inline=into(role_arn(staging, "developer"), role_arn(management, "cost-reader")),
        used=RECENT,
        hours=12,
        description="Everybody in the corporate directory",
    )
    identity.role(
        "contractor",
        trusts("Federated", directory, audience, "sts:AssumeRoleWithSAML"),
        attached=(VIEW_ONLY,),
        used=SPRING,
        description="Outside staff: may look",
    )
    identity.role(
        "security-engineer",
        trusts("AWS", identity.root, MFA),
        attached=(AUDIT,),
        inline={"manage-users": document(allow(("iam:*AccessKey*", "iam:*LoginProfile*")))},
        used=LAST_WEEK,
    )
    identity.role("password-sync", service("lambda"), attached=(LAMBDA_LOGS,), used=RECENT)
    identity.role("directory-sync", service("lambda"), attached=(LAMBDA_LOGS,), used=RECENT)
    identity.role(
        "user-offboarding",
        service("states"),
        inline={"remove-keys": document(allow(("iam:DeleteAccessKey", "iam:DeactivateMFADevice")))},
        used=SPRING,
    )


def _security() -> None:
    security.role(
        "audit-hub",
        trusts("AWS", identity.root, MFA),
        inline=into("arn:aws:iam::*:role/auditor", role_arn(security, "access-reviewer")),
        used=LAST_WEEK,
        hours=4,
        description="Where auditors start: one role into each account",
    )
    security.role(
        "access-reviewer", trusts("AWS", role_arn(security, "audit-hub")), attached=(VIEW_ONLY,)
    )
    security.role(
        "incident-hub",
        trusts("AWS", identity.root, MFA),
        inline=into(role_arn(production, "incident-responder")),
        used=SPRING,
        hours=2,
    )
    security.role(
        "siem-reader",
        trusts(
            "AWS",
            f"arn:aws:iam::{VENDOR_SIEM}:root",
            {"StringEquals": {"sts:ExternalId": "larkspur-siem-51d0"}},
        ),
        attached=(AUDIT,),
        used=RECENT,
        description="Log analysis vendor, with an external id",
    )
    security.role("guardduty-triage", service("lambda"), attached=(LAMBDA_LOGS,), used=RECENT)
    security.role("secrets-rotator", service("lambda"), attached=(LAMBDA_LOGS,), used=RECENT)
    security.role(
        "log-archiver",
        service("firehose"),
        inline={"write-logs": document(allow("s3:PutObject", "arn:aws:s3:::larkspur-logs/*"))},
        used=RECENT,
    )
    security.role(
        "forensic-collector",
        service("ec2"),
        attached=(SYSTEMS_MANAGER,),
        profile="forensics",
        description="Started by hand after an incident",
    )


def _shared() -> None:
    shared.oidc[GITHUB] = ["sts.amazonaws.com"]
    github = shared.arn("oidc-provider", GITHUB)
    shared.user(
        "jenkins",
        inline=into(role_arn(shared, "jenkins-agent")),
        password=False,
        key=True,
        mfa=False,
    )
    shared.role(
        "platform-engineer",
        trusts("AWS", identity.root, MFA),
        attached=(VIEW_ONLY,),
        used=RECENT,
        hours=8,
        description="Platform team, with MFA",
    )
    shared.role(
        "release-gate",
        trusts("AWS", role_arn(shared, "platform-engineer")),
        used=RECENT,
        description="No permissions of its own: the next role trusts it by name",
        tags={"owner": "platform", "aws:cloudformation:stack-name": "release-pipeline"},
    )
    shared.role(
        "release-manager",
        trusts(
            "AWS",
            (
                role_arn(shared, "release-gate"),
                role_arn(shared, "jenkins-agent"),
                role_arn(shared, "github-build"),
            ),
        ),
        inline=into(role_arn(staging, "deploy"), role_arn(production, "deploy")),
        used=RECENT,
        description="Carries a release from staging into production",
    )
    shared.role(
        "jenkins-agent",
        trusts("AWS", shared.arn("user", "jenkins")),
        service("ec2"),
        attached=(SYSTEMS_MANAGER,),
        used=RECENT,
        profile="build-host",
    )
    shared.role(
        "github-release",
        trusts(
            "Federated",
            github,
            {
                "StringEquals": {
                    f"{GITHUB}:aud": "sts.amazonaws.com",
                    f"{GITHUB}:sub": "repo:larkspur/storefront:environment:production",
                }
            },
            "sts:AssumeRoleWithWebIdentity",
            sid="OneRepositoryOneEnvironment",
        ),
        inline=into(role_arn(production, "deploy")),
        used=RECENT,
        description="GitHub Actions, the production environment of one repository",
    )
    shared.role(
        "github-build",
        trusts(
            "Federated",
            github,
            {
                "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{GITHUB}:sub": "repo:larkspur*/*"},
            },
            "sts:AssumeRoleWithWebIdentity",
            sid="TooWide",
        ),
        used=RECENT,
        description="GitHub Actions. The pattern also fits organizations that others may register",
    )
    shared.role(
        "terraform-runner",
        trusts("AWS", identity.root, MFA),
        service("codebuild"),
        attached=(POWER_USER,),
        used=LAST_WEEK,
        hours=2,
    )
    shared.role("image-builder", service("codebuild"), attached=(POWER_USER,), used=RECENT)
    shared.role(
        "artifact-publisher",
        service("codebuild"),
        inline={"publish": document(allow("s3:PutObject", "arn:aws:s3:::larkspur-artifacts/*"))},
        used=RECENT,
    )
    shared.role(
        "release-pipeline",
        service("codepipeline"),
        inline={"run": document(allow(("codebuild:StartBuild", "codebuild:BatchGetBuilds")))},
        used=RECENT,
    )
    shared.role(
        "network-admin",
        trusts("AWS", identity.root, MFA),
        inline={"network": document(allow(("ec2:*Vpc*", "ec2:*Route*", "ec2:*Subnet*")))},
        used=SPRING,
    )
    shared.role(
        "dns-editor",
        trusts("AWS", (role_arn(production, "dns-failover"), role_arn(shared, "terraform-runner"))),
        inline={"zones": document(allow(("route53:ChangeResourceRecordSets", "route53:List*")))},
        used=LAST_WEEK,
    )
    shared.role(
        "data-lake-reader",
        trusts("AWS", role_arn(staging, "data-scientist")),
        inline={"read": document(allow("s3:GetObject", "arn:aws:s3:::larkspur-lake/*"))},
    )
    shared.role(
        "backup-operator",
        service("backup"),
        inline={"copy": document(allow(("backup:CopyFromBackupVault", "rds:CreateDBSnapshot")))},
        used=RECENT,
    )


def _staging() -> None:
    boundary = staging.policy(
        "scientist-boundary",
        document(allow(("s3:*", "athena:*", "glue:Get*", "sts:GetCallerIdentity"))),
    )
    staging.role(
        "developer",
        trusts("AWS", identity.root),
        attached=(READ_ONLY,),
        inline=into(role_arn(staging, "deploy"), role_arn(staging, "data-scientist")),
        used=RECENT,
        hours=8,
    )
    staging.role(
        "deploy",
        trusts("AWS", (role_arn(shared, "release-manager"), role_arn(staging, "developer"))),
        trusts(
            "AWS",
            staging.root,
            {
                "ArnLike": {
                    "aws:PrincipalArn": staging.arn(
                        "role", "aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Developer_*"
                    )
                }
            },
            sid="DevelopersFromIdentityCenter",
        ),
        attached=(POWER_USER,),
        used=RECENT,
    )
    staging.role(
        "data-scientist",
        trusts("AWS", staging.root),
        inline=into(role_arn(shared, "data-lake-reader"), role_arn(staging, "reporting-etl")),
        boundary=boundary,
        used=LAST_WEEK,
        description="Its boundary does not allow sts:AssumeRole",
    )
    staging.role(
        "migration-runner",
        trusts("AWS", role_arn(staging, "developer")),
        inline=into(role_arn(production, "migration")),
        used=SPRING,
        description="Stopped by the guard of its organizational unit",
    )
    staging.role(
        "data-export",
        trusts("AWS", "AROAQ4T7LARKSPURGONE2"),
        inline={"read": document(allow("s3:GetObject", "arn:aws:s3:::larkspur-staging/*"))},
        used=SPRING,
        description="The role that it trusted was deleted",
    )
    _shop(staging)
    for name in ("feature-flags", "preview-environments", "mail-catcher"):
        staging.role(name, service("lambda"), attached=(LAMBDA_LOGS,), used=LAST_WEEK)
    staging.role("load-tester", service("codebuild"), attached=(LAMBDA_LOGS,), used=SPRING)
    staging.role("test-runner", service("codebuild"), attached=(VIEW_ONLY,), used=LAST_WEEK)
    _sign_on(
        staging,
        "Developer",
        READ_ONLY,
        inline=into(role_arn(staging, "deploy")),
        used=RECENT,
    )


def _shop(account: Account) -> None:
    """The storefront's own roles, alike in staging and production."""
    data = account.policy(
        "storefront-data",
        document(allow(("dynamodb:GetItem", "dynamodb:Query"))),
        document(allow(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"))),
    )
    account.role(
        "storefront-server",
        service("ec2"),
        attached=(SYSTEMS_MANAGER, data),
        inline={"write-logs": document(allow("logs:PutLogEvents"))},
        used=RECENT,
        profile="storefront-web",
        description="The web servers. Also a target of the old deployment scripts",
    )
    account.role("storefront-task", service("ecs-tasks"), attached=(data,), used=RECENT)
    account.role(
        "storefront-task-execution", service("ecs-tasks"), attached=(TASK_EXECUTION,), used=RECENT
    )
    for name in ("orders-worker", "checkout-worker", "payments-worker"):
        account.role(
            name,
            service("lambda"),
            attached=(LAMBDA_LOGS,),
            inline={"queue": document(allow(("sqs:ReceiveMessage", "sqs:DeleteMessage")))},
            used=RECENT,
        )
    account.role("reporting-etl", service("glue"), attached=(GLUE,), used=LAST_WEEK)


def _production() -> None:
    boundary = production.policy(
        "operator-boundary",
        document(allow(("ec2:*", "ecs:*", "cloudwatch:*", "logs:*", "ssm:*"))),
    )
    deploy = production.policy(
        "deploy-storefront",
        document(
            allow(("ecs:UpdateService", "ecs:RegisterTaskDefinition", "lambda:UpdateFunctionCode")),
            allow("sts:AssumeRole", production.arn("role", "*-admin"), sid="MigrateDatabases"),
        ),
    )
    production.role(
        "deploy",
        trusts("AWS", (role_arn(shared, "release-manager"), role_arn(shared, "github-release"))),
        attached=(deploy,),
        used=RECENT,
        description="Rolls out a release. Its pattern *-admin was meant for database-admin",
    )
    production.role(
        "database-admin",
        trusts("AWS", production.root),
        inline={"databases": document(allow(("rds:*", "dynamodb:*")))},
        used=LAST_WEEK,
    )
    production.role(
        "prod-admin",
        trusts("AWS", production.root),
        attached=(ADMINISTRATOR,),
        used=LAST_WEEK,
        description="Administrator of production, entered from on-call",
        hours=2,
    )
    production.role(
        "on-call",
        trusts("AWS", identity.root, MFA),
        attached=(VIEW_ONLY,),
        inline=into(role_arn(production, "prod-admin")),
        used=LAST_WEEK,
        hours=4,
    )
    production.role(
        "break-glass",
        trusts(
            "AWS",
            identity.root,
            {**MFA, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
            sid="WithinAnHourOfMfa",
        ),
        attached=(ADMINISTRATOR,),
        description="For the worst day. Every use is an alarm",
        tags={"owner": "security"},
    )
    production.role(
        "incident-responder",
        trusts("AWS", role_arn(security, "incident-hub")),
        attached=(VIEW_ONLY,),
        inline=into(role_arn(production, "prod-admin")),
        boundary=boundary,
        used=SPRING,
        description="Its boundary keeps it from becoming prod-admin",
    )
    production.role(
        "vendor-monitoring",
        trusts(
            "AWS",
            f"arn:aws:iam::{VENDOR_MONITORING}:root",
            {"StringEquals": {"sts:ExternalId": "larkspur-7f3a"}},
        ),
        attached=(VIEW_ONLY,),
        used=RECENT,
        description="Monitoring vendor, with an external id",
    )
    production.role(
        "migration",
        trusts("AWS", role_arn(staging, "migration-runner")),
        inline={"copy": document(allow(("dms:*", "rds:Describe*")))},
    )
    _shop(production)
    for name in ("log-shipper", "fraud-check"):
        production.role(name, service("lambda"), attached=(LAMBDA_LOGS,), used=RECENT)
    production.role(
        "dns-failover",
        service("lambda"),
        attached=(LAMBDA_LOGS,),
        inline=into(role_arn(shared, "dns-editor")),
        used=LAST_WEEK,
    )
    production.role(
        "order-pipeline",
        service("states"),
        inline={"invoke": document(allow("lambda:InvokeFunction"))},
        used=RECENT,
    )
    production.role(
        "nightly-close",
        service("scheduler"),
        inline={"start": document(allow("states:StartExecution"))},
        used=RECENT,
    )
    production.role(
        "database-monitoring",
        service("monitoring.rds"),
        inline={"metrics": document(allow("logs:PutLogEvents"))},
        used=RECENT,
    )
    production.role(
        "legacy-reporting",
        service("lambda"),
        created="2021-03-08T16:40:00+00:00",
        description="Nothing uses it, nothing blocks its deletion",
    )
    production.user(
        "reporting-import",
        attached=(VIEW_ONLY,),
        password=False,
        key=True,
        mfa=False,
        created="2021-03-08T16:45:00+00:00",
    )
    _sign_on(production, "Billing", BILLING)


def service_control_policies() -> dict[str, tuple[str, str, Json, tuple[str, ...]]]:
    """Id → name, description, document, and where it is attached."""
    everywhere = (ROOT, *UNITS.values(), *(account.id for account in ACCOUNTS))
    return {
        "p-FullAWSAccess": (
            "FullAWSAccess",
            "Allows access to every operation",
            document(allow("*")),
            everywhere,
        ),
        "p-lk1guard": (
            "guard-rails",
            "What nobody in a member account may do",
            document(
                deny("organizations:LeaveOrganization", sid="StayInTheOrganization"),
                deny(("cloudtrail:StopLogging", "cloudtrail:DeleteTrail"), sid="KeepTheTrail"),
                deny(
                    (
                        "iam:DeleteRole",
                        "iam:DeleteRolePolicy",
                        "iam:DetachRolePolicy",
                        "iam:PutRolePolicy",
                        "iam:UpdateAssumeRolePolicy",
                    ),
                    "arn:aws:iam::*:role/auditor",
                    sid="KeepTheAuditors",
                    Condition={
                        "ArnNotLike": {
                            "aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"
                        }
                    },
                ),
            ),
            (ROOT,),
        ),
        "p-lk2apart": (
            "keep-out-of-production",
            "Nothing in staging becomes anything in production",
            document(
                deny("sts:AssumeRole", f"arn:aws:iam::{production.id}:role/*", sid="KeepApart")
            ),
            (UNITS["Staging"],),
        ),
    }
