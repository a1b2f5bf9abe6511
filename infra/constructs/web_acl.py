"""AWS WAF in front of the API: who asks too often, sends too much or is known for worse gets no
further.
"""

from collections.abc import Iterator
from typing import Any, Final

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from functions.shared.answers import finish, problem_answer
from functions.shared.problems import PayloadTooLarge, Problem, TooManyRequests
from infra.constructs.distribution import EDGE_KEY_HEADER, VIEWER_HEADER
from infra.constructs.routes import STAGE
from infra.environments import Environment
from infra.limits import Firewall, RateRule

_Acl = waf.CfnWebACL
WINDOW_SECONDS: Final = 300
# What refuses something by our own rules answers in our own shape. AWS's groups block plainly, and
# the gateway answers for them: WAF_FILTERED, in gateway_problems.py.
REFUSALS: Final[dict[str, Problem]] = {
    "too-many": TooManyRequests(
        "Too many requests in five minutes.", retryAfter=WINDOW_SECONDS // 5
    ),
    "too-large": PayloadTooLarge("The body is larger than the API takes."),
}
# The firewall sets the one itself, and can't know the other.
_NOT_OURS: Final = frozenset({"Content-Type", "X-Request-Id"})


class WebAcl(Construct):
    """`boxoffice-<environment>`, on the API's one stage."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        firewall: Firewall,
        stage: apigateway.Stage,
    ) -> None:
        super().__init__(scope, construct_id)
        rules = [*_rules(firewall)]
        acl = _Acl(
            self,
            "Acl",
            name=environment.names.api,
            scope="REGIONAL",
            default_action=_Acl.DefaultActionProperty(allow={}),
            visibility_config=_counted("ALL"),
            rules=[
                _Acl.RuleProperty(priority=priority, **rule) for priority, rule in enumerate(rules)
            ],
            custom_response_bodies={
                key: _Acl.CustomResponseBodyProperty(
                    content=_answer(problem)["body"], content_type="APPLICATION_JSON"
                )
                for key, problem in REFUSALS.items()
            },
            # Of a body it looks at 16 KB, or at as much as the API takes.
            association_config=_Acl.AssociationConfigProperty(
                request_body={
                    "API_GATEWAY": _Acl.RequestBodyAssociatedResourceTypeConfigProperty(
                        default_size_inspection_limit=f"KB_{firewall.body_bytes // 1024}"
                    )
                }
            ),
        )
        waf.CfnWebACLAssociation(
            self, "Stage", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )


def _rules(firewall: Firewall) -> Iterator[dict[str, Any]]:
    """In the order they are asked: the cheap ones first."""
    for rate in firewall.rates:
        yield {
            "name": rate.name,
            "statement": _Acl.StatementProperty(rate_based_statement=_rate(rate)),
            "action": _refuse("too-many"),
            "visibility_config": _counted(rate.name),
        }
    yield {
        "name": "LargeBody",
        "statement": _too_large(firewall),
        "action": _refuse("too-large"),
        "visibility_config": _counted("LargeBody"),
    }
    for group in firewall.groups:
        yield {
            "name": group,
            "statement": _Acl.StatementProperty(
                managed_rule_group_statement=_group(group, firewall)
            ),
            "override_action": _Acl.OverrideActionProperty(none={}),
            "visibility_config": _counted(group),
        }


def _rate(rate: RateRule) -> waf.CfnWebACL.RateBasedStatementProperty:
    by_address = rate.client == "address"
    address = _Acl.RateBasedStatementCustomKeyProperty(forwarded_ip={})
    return _Acl.RateBasedStatementProperty(
        aggregate_key_type="CUSTOM_KEYS",
        # It counts before the gateway compares the edge's key: whoever comes around the edge may
        # name any address, but can't count for it without the key.
        custom_keys=[address, _header(EDGE_KEY_HEADER)]
        if by_address
        else [_header("authorization")],
        forwarded_ip_config=_viewer() if by_address else None,
        evaluation_window_sec=WINDOW_SECONDS,
        limit=rate.limit,
        scope_down_statement=_path(rate.paths)
        if rate.exempt is None
        else _all_of(_path(rate.paths), _not(_path(rate.exempt))),
    )


def _header(name: str) -> waf.CfnWebACL.RateBasedStatementCustomKeyProperty:
    return _Acl.RateBasedStatementCustomKeyProperty(
        header=_Acl.RateLimitHeaderProperty(name=name, text_transformations=[_as_it_is()])
    )


def _viewer() -> waf.CfnWebACL.ForwardedIPConfigurationProperty:
    """Whom the edge saw: the stage itself sees but the edge."""
    return _Acl.ForwardedIPConfigurationProperty(
        header_name=VIEWER_HEADER, fallback_behavior="MATCH"
    )


def _too_large(firewall: Firewall) -> waf.CfnWebACL.StatementProperty:
    body = _Acl.StatementProperty(
        size_constraint_statement=_Acl.SizeConstraintStatementProperty(
            comparison_operator="GT",
            # What is larger than it looks at is too large.
            field_to_match=_Acl.FieldToMatchProperty(
                body=_Acl.BodyProperty(oversize_handling="MATCH")
            ),
            size=firewall.body_bytes,
            text_transformations=[_as_it_is()],
        )
    )
    return _all_of(body, _not(_path(firewall.large_bodies)))


def _group(group: str, firewall: Firewall) -> waf.CfnWebACL.ManagedRuleGroupStatementProperty:
    counting = _Acl.RuleActionProperty(count={})
    is_common = group == "AWSManagedRulesCommonRuleSet"
    return _Acl.ManagedRuleGroupStatementProperty(
        vendor_name="AWS",
        name=group,
        rule_action_overrides=[
            _Acl.RuleActionOverrideProperty(name=rule, action_to_use=counting)
            for rule in (firewall.counted if is_common else ())
        ]
        or None,
    )


def _path(pattern: str) -> waf.CfnWebACL.StatementProperty:
    """A path as clients know it. The firewall sees the stage before it, unless a domain hides it,
    and what is escaped as it was sent.
    """
    return _Acl.StatementProperty(
        regex_match_statement=_Acl.RegexMatchStatementProperty(
            field_to_match=_Acl.FieldToMatchProperty(uri_path={}),
            regex_string=pattern.replace("^", f"^(?:/{STAGE})?", 1),
            text_transformations=[
                _Acl.TextTransformationProperty(priority=0, type="URL_DECODE"),
                _Acl.TextTransformationProperty(priority=1, type="NORMALIZE_PATH"),
            ],
        )
    )


def _all_of(*statements: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    every = _Acl.AndStatementProperty(statements=list(statements))
    return _Acl.StatementProperty(and_statement=every)


def _not(statement: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    return _Acl.StatementProperty(not_statement=_Acl.NotStatementProperty(statement=statement))


def _refuse(key: str) -> waf.CfnWebACL.RuleActionProperty:
    answer = _answer(REFUSALS[key])
    response = _Acl.CustomResponseProperty(
        response_code=answer["statusCode"],
        custom_response_body_key=key,
        response_headers=[
            _Acl.CustomHTTPHeaderProperty(name=name, value=value)
            for name, [value] in answer["multiValueHeaders"].items()
            if name not in _NOT_OURS
        ],
    )
    return _Acl.RuleActionProperty(block=_Acl.BlockActionProperty(custom_response=response))


def _answer(problem: Problem) -> dict[str, Any]:
    # It knows no path and no request that it could name.
    answer = problem_answer(problem, "urn:boxoffice:firewall")
    finish(answer, "")
    return answer


def _as_it_is() -> waf.CfnWebACL.TextTransformationProperty:
    return _Acl.TextTransformationProperty(priority=0, type="NONE")


def _counted(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return _Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        # Samples would show tokens to whoever may look at metrics.
        sampled_requests_enabled=False,
    )
