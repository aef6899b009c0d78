"""The structural causal model of attributes: exact abduction, known counterfactuals, graphs that are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from bonedensity.errors import ModelError, PopulationError, StatisticsError, UnreadableFileError
from bonedensity.generators.chvae.causal.discovery import discover_edges
from bonedensity.generators.chvae.causal.fit import CausalFit, fit_causal_model
from bonedensity.generators.chvae.causal.graph import GRAPHS, graph_of, read_graph, shipped_graph
from bonedensity.generators.chvae.causal.spline import REACH, MonotoneSpline
from bonedensity.virtual.population import spine_counterfactual, spine_graph
from bonedensity.virtual.population.spine_graph import SCALES, WEIGHTS

pytestmark = pytest.mark.usefixtures("one_thread")

TOLERANCE_SD = 0.08
"""Root mean square over people, in standard deviations of an attribute, between fitted and true counterfactuals."""


def rows(count, seed):
    return spine_graph().draw(count, np.random.default_rng(seed)).predict()


def tensors(table):
    return {name: torch.tensor(np.asarray(values, float)) for name, values in table.items()}


@pytest.fixture(scope="module")
def fitted():
    return fit_causal_model(shipped_graph(), tensors(rows(5000, 0)), CausalFit(steps=120))


@pytest.fixture(scope="module")
def others():
    return rows(1000, 1)


def test_the_default_graph_is_the_published_one():
    assert shipped_graph().edges() == {(cause, effect) for effect, causes in WEIGHTS.items() for cause in causes}
    assert ("age", "physical_activity") in shipped_graph("published_with_activity").edges()
    for name in GRAPHS:
        graph = shipped_graph(name)
        assert graph_of(json.loads(json.dumps(graph.to_json()))) == graph


def test_abduction_is_exact(fitted, others):
    table = tensors(others)
    again = fitted.predict(fitted.abduct(table))
    for name, values in table.items():
        assert torch.allclose(again[name], values, rtol=1e-9, atol=1e-9), name


def test_noise_of_the_fitted_model_is_standard_normal_and_unrelated(fitted, others):
    noise = fitted.abduct(tensors(others))
    columns = torch.stack([noise[name] for name in fitted.graph.names[1:]])
    assert columns.mean(1).abs().max() < 0.12
    assert (columns.std(1) - 1).abs().max() < 0.12
    assert (torch.corrcoef(columns) - torch.eye(len(columns))).abs().max() < 0.15


@pytest.mark.parametrize(
    "do",
    [
        lambda row: {"age": row["age"] + 10},
        lambda row: {"age": np.full_like(row["age"], 80.0)},
        lambda row: {"sex": 1 - row["sex"]},
        lambda row: {"standing_height": row["standing_height"] - 5},
        lambda row: {"l1_l4_width": row["l1_l4_width"] + 0.4, "age": row["age"] - 10},
    ],
)
def test_counterfactuals_agree_with_the_closed_form(fitted, others, do):
    set_values = do(others)
    truth = spine_counterfactual(others, **set_values)
    found = fitted.predict(fitted.abduct(tensors(others)), tensors(set_values))
    for name, scale in SCALES.items():
        told = found[name].numpy()
        apart = (np.log(told / truth[name]) if scale.log else told - truth[name]) / scale.sd
        assert np.sqrt(np.mean(np.square(apart))) < TOLERANCE_SD, name


def test_what_is_not_downstream_stays_to_the_last_bit_and_what_is_set_is_what_was_asked(fitted, others):
    table = tensors(others)
    after = fitted.predict(fitted.abduct(table), {"age": table["age"] + 20})
    assert torch.equal(after["sex"], table["sex"])
    assert torch.equal(after["age"], table["age"] + 20)
    for name in ("standing_height", "weight"):
        assert torch.allclose(after[name], table[name], rtol=1e-12)
    assert (after["l1_l4_width"] > table["l1_l4_width"]).double().mean() > 0.95
    assert (after["l1_l4_height"] < table["l1_l4_height"]).double().mean() > 0.95


def test_setting_an_attribute_cuts_it_off_from_its_causes(fitted, others):
    noise = fitted.abduct(tensors(others))
    width = tensors({"l1_l4_width": np.full(1000, 4.4)})
    young, old = (fitted.predict(noise, {**width, "age": torch.full((1000,), age)}) for age in (50.0, 80.0))
    assert torch.equal(young["l1_l4_width"], old["l1_l4_width"])
    assert (young["l1_l4_height"] > old["l1_l4_height"]).all()


def test_people_drawn_from_the_model_are_like_those_it_was_fitted_to(fitted):
    drawn = fitted.sample(4000, torch.Generator().manual_seed(0))
    truth = rows(4000, 2)
    names = list(SCALES)
    found, wanted = (np.corrcoef([np.asarray(table[name]) for name in names]) for table in (drawn, truth))
    assert np.abs(found - wanted).max() < 0.1


def test_values_beyond_the_training_data_are_answered_and_flagged_and_impossible_ones_refused(fitted):
    assert fitted.outside_support({"age": 66.0}) == ()
    (note,) = fitted.outside_support({"age": 99.0})
    assert "outside the training data" in note
    for age in (-5.0, 400.0, float("nan")):
        with pytest.raises(PopulationError, match="age = "):
            fitted.outside_support({"age": age})
    with pytest.raises(PopulationError, match="0 \\(female\\) or 1 \\(male\\)"):
        fitted.outside_support({"sex": 0.5})
    with pytest.raises(ModelError, match="has no “shoe_size”"):
        fitted.outside_support({"shoe_size": 42.0})
    with pytest.raises(PopulationError, match="standing_height is missing"):
        fitted.abduct({name: torch.ones(1) for name in SCALES if name != "standing_height"})


def test_with_few_people_no_chance_bend_is_learnt():
    model = fit_causal_model(shipped_graph(), tensors(rows(30, 3)), CausalFit(steps=40))
    noise = model.abduct(tensors({name: values[:1] for name, values in rows(30, 3).items()}))
    ages = (30.0, 45.0, 60.0, 75.0, 90.0)
    logs = [model.predict(noise, tensors({"age": [age]}))["l1_l4_width"].log().item() for age in ages]
    rates = np.diff(logs) / np.diff(np.log(ages))  # a line on the log scale, far beyond the data as well
    assert np.ptp(rates) < 0.1 * np.abs(rates).max()
    with pytest.raises(StatisticsError, match="complete rows"):
        fit_causal_model(shipped_graph(), tensors(rows(5, 0)))


def test_the_spline_is_its_own_exact_inverse_and_its_slope_is_its_derivative():
    torch.manual_seed(0)
    spline = MonotoneSpline()
    assert torch.allclose(spline(torch.linspace(-6, 6, 9).double())[0], torch.linspace(-6, 6, 9).double())
    for parameter in spline.parameters():
        torch.nn.init.normal_(parameter, std=1.5)
    y = torch.linspace(-REACH - 2, REACH + 2, 2001, dtype=torch.float64, requires_grad=True)
    u, steep = spline(y)
    assert (u.diff() > 0).all()
    assert torch.allclose(spline.inverse(u), y, atol=1e-9)
    assert torch.allclose(torch.autograd.grad(u.sum(), y)[0], steep.exp(), rtol=1e-6)


def test_discovery_finds_every_published_edge_but_the_one_too_weak_to_be_seen():
    table = dict(rows(5000, 0))
    table["weight"] = np.log(table["weight"])
    found = discover_edges(table)
    assert found == shipped_graph().edges() - {("sex", "l1_l4_area")}  # a weight of 0.002
    assert not any(effect in ("age", "sex") for _, effect in found)
    with pytest.raises(ModelError, match="no “weight”"):
        discover_edges({name: values for name, values in table.items() if name != "weight"})


def node(name, parents=(), kind="positive"):
    return {"name": name, "kind": kind, "unit": "", "low": 0 if kind == "binary" else 1, "high": 9, "parents": parents}


def test_nodes_in_any_order_are_put_causes_first():
    graph = graph_of({"name": "mine", "nodes": [node("c", ["b"]), node("b", ["a"]), node("a")]})
    assert graph.names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([node("a", ["c"]), node("b", ["a"]), node("c", ["b"])], "has a cycle \\([abc] → [abc] → [abc] → [abc]\\)"),
        ([node("a", ["b"])], "caused by “b”, which is no node"),
        ([node("a"), node("a")], "names an attribute twice"),
        ([node("a"), node("s", ["a"], "binary")], "binary without causes"),
        ([{**node("a"), "low": 0}], "low below high"),
        ([], "is empty"),
        ([{"name": "a"}], "needs a name and nodes"),
    ],
)
def test_graphs_that_cannot_be_are_refused_in_one_sentence(nodes, said):
    with pytest.raises(ModelError, match=said) as refusal:
        graph_of({"name": "mine", "nodes": nodes})
    assert "\n" not in str(refusal.value)


def test_a_graph_is_read_from_a_file(tmp_path):
    (tmp_path / "graph.json").write_text(json.dumps({"name": "mine", "nodes": [node("a"), node("b", ["a"])]}))
    assert read_graph(tmp_path / "graph.json").edges() == {("a", "b")}
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_graph(tmp_path / "broken.json")
    with pytest.raises(ModelError, match="no causal graph “other”"):
        shipped_graph("other")
