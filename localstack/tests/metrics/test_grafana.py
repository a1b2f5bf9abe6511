"""What is shipped for Prometheus and Grafana, as far as it can be told without them."""

import itertools
from string import Template
from typing import Any

import pytest
import yaml
from embedded.config import REPOSITORY
from embedded.metrics.described import METRICS
from embedded.metrics.door import PATH
from embedded.settings import Settings

from metrics.queries import DASHBOARD, Asked, asked, expressions, panels

PROVISIONING = REPOSITORY / "localstack" / "grafana" / "provisioning"
QUERIES = {
    f"{panel['title']}-{number}": expression
    for panel in panels()
    for number, expression in enumerate(expressions(panel))
}


def read(path: str) -> Any:
    return yaml.safe_load((REPOSITORY / "localstack" / path).read_text("utf-8"))


@pytest.mark.parametrize("query", QUERIES)
def test_prometheus_can_read_each_query(query: str) -> None:
    assert asked(QUERIES[query])


def test_what_is_asked_is_told_from_how() -> None:
    """The test's own eyes."""
    ratio = 'sum(rate(a_total{status=~"5.."}[$__rate_interval])) / -sum by (x) (b)'
    assert asked(ratio) == {Asked("a_total", frozenset({"status"})), Asked("b", frozenset({"x"}))}
    quantile = "histogram_quantile(0.9, sum by (le) (increase(c_bucket[5m])))"
    assert asked(quantile) == {Asked("c_bucket", frozenset({"le"}))}
    for broken in ("sum(rate(a_total[5m])", "rate(a_total)", "a_total{status=5}", ""):
        with pytest.raises(ValueError, match=r"\w"):
            asked(broken)


def test_every_metric_of_the_functions_is_shown() -> None:
    shown = {one.name.removesuffix("_bucket") for query in QUERIES.values() for one in asked(query)}
    assert METRICS.keys() <= shown


def test_a_metric_is_asked_by_labels_that_it_has() -> None:
    for query in QUERIES.values():
        for one in asked(query):
            described = METRICS.get(one.name.removesuffix("_bucket"))
            if described:
                assert one.labels <= {"service", "le", *described.labels}, query


def test_a_legend_names_what_a_query_tells_apart() -> None:
    for panel in panels():
        for target in panel.get("targets", []):
            legend = target["legendFormat"]
            told = set().union(*(one.labels for one in asked(target["expr"]))) - {"le"}
            named = {label for label in told if "{{" + label + "}}" in legend}
            assert legend.count("{{") == len(named), target
            assert named == (told if "by (" in target["expr"] else set()), target


def test_there_is_a_view_of_the_sale_and_one_of_the_systems_health() -> None:
    rows = [panel["title"] for panel in panels() if panel["type"] == "row"]
    assert rows == ["On sale", "Health"]


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        columns = range(at["x"], at["x"] + at["w"])
        assert columns.stop <= 24
        cells = set(itertools.product(columns, range(at["y"], at["y"] + at["h"])))
        assert not taken & cells, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))


def test_panels_ask_the_prometheus_that_is_provisioned() -> None:
    [source] = read("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    asking = {
        (one["datasource"]["type"], one["datasource"]["uid"])
        for panel in panels()
        if panel["type"] != "row"
        for one in (panel, *panel["targets"])
    }
    assert asking == {(source["type"], source["uid"])}


def test_prometheus_asks_where_the_stack_answers() -> None:
    [scraped] = read("prometheus.yml")["scrape_configs"]
    assert scraped["metrics_path"] == PATH
    [to] = scraped["static_configs"]
    assert [f"http://{target}" for target in to["targets"]] == [Settings().url]


def test_grafana_is_told_of_the_folder_that_the_dashboard_is_in() -> None:
    [provider] = read("grafana/provisioning/dashboards/boxoffice.yml")["providers"]
    path = Template(provider["options"]["path"]).substitute(BOXOFFICE_GRAFANA=DASHBOARD.parent)
    assert path == str(DASHBOARD.parent)
    readme = (REPOSITORY / "localstack" / "README.md").read_text("utf-8")
    assert "BOXOFFICE_GRAFANA=" in readme
    assert PROVISIONING.is_dir()
    assert str(PROVISIONING.relative_to(REPOSITORY)) in readme
