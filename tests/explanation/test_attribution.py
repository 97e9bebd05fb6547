"""Maps of relevance by gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from torch import nn  # noqa: E402

from micrographia.bundles import load_bundle  # noqa: E402
from micrographia.bundles.testing import brightness_model  # noqa: E402
from micrographia.errors import InputError  # noqa: E402
from micrographia.explanation._maximise import maximise  # noqa: E402
from micrographia.explanation.attribution import METHODS, attribute  # noqa: E402
from micrographia.explanation.onnx_network import OnnxNetwork  # noqa: E402
from micrographia.explanation.randomisation import (  # noqa: E402
    check_by_randomisation,
    edge_map,
    rank_correlation,
    ssim,
)
from micrographia.explanation.settings import ExplanationSettings  # noqa: E402


class Linear(nn.Module):
    """Two classes, a weight per pixel."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(2, 1, 6, 6, generator=generator))

    def forward(self, images):
        return (images[:, None] * self.weight[None]).sum(dim=(2, 3, 4))


class Normalising(nn.Module):
    """Takes grey levels in any range, as networks of the package do."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Conv2d(1, 6, 3, padding=1)
        self.deep = nn.Conv2d(6, 8, 3, padding=1)
        self.head = nn.Linear(8, 3)

    def forward(self, images):
        centred = images - images.mean(dim=(1, 2, 3), keepdim=True)
        unit = centred / (centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + 1e-3)
        maps = torch.relu(self.deep(torch.relu(self.conv(unit))))
        return self.head(maps.mean(dim=(2, 3)))


@pytest.fixture
def pictures():
    return np.random.default_rng(0).normal(100, 20, (3, 1, 12, 12)).astype(np.float32)


def test_gradient_times_input_of_a_linear_model_is_weights_times_input():
    model, images = Linear(), np.random.default_rng(0).normal(size=(2, 1, 6, 6))
    found = attribute(model, images, "gradient-input", targets=[0, 1])
    expected = images[:, 0] * model.weight.detach().numpy()[:, 0]
    np.testing.assert_allclose(found.maps, expected, atol=1e-5)


def test_integrated_gradients_of_a_linear_model_are_weights_times_the_way_from_the_baseline():
    model, images = Linear(), np.random.default_rng(0).normal(size=(1, 1, 6, 6))
    median = np.sort(images.astype(np.float32).ravel())[17]
    for kind, level in (("zero", 0.0), ("median", median)):
        found = attribute(model, images, targets=1, settings=ExplanationSettings(baseline=kind))
        expected = (images[0, 0] - level) * model.weight.detach().numpy()[1, 0]
        np.testing.assert_allclose(found.maps[0], expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["zero", "median", "blur"])
def test_integrated_gradients_add_up_to_the_change_of_the_logit(pictures, kind):
    model = Normalising()
    few, many = (
        attribute(model, pictures, settings=ExplanationSettings(baseline=kind, steps=steps))
        for steps in (4, 256)
    )
    scale = np.abs(many.maps.sum(axis=(1, 2))).max()
    assert np.abs(many.gap).max() < 0.01 * max(scale, 0.05)
    assert np.abs(many.gap).max() <= np.abs(few.gap).max() + 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_change_of_the_grey_levels_changes_no_map(pictures, method):
    model = Normalising()
    found = attribute(model, pictures, method, targets=1).maps
    other = attribute(model, 3 * pictures + 500, method, targets=1).maps
    assert found.shape == (3, 12, 12)
    np.testing.assert_allclose(other, found, atol=2e-3 * max(np.abs(found).max(), 1e-6))


@pytest.mark.parametrize("method", METHODS)
def test_relevance_of_a_bundle_lies_where_the_spot_is(spot_bundle, spots, method):
    images, places = spots
    found = attribute(load_bundle(spot_bundle), images, method, targets=1)
    for own, (row, col) in zip(np.abs(found.maps), places, strict=True):
        near = own[max(row - 3, 0) : row + 4, max(col - 3, 0) : col + 4].sum()
        assert near > 0.5 * own.sum(), method


def test_a_bundles_graph_answers_in_torch_what_onnx_runtime_answers(spot_bundle, spots):
    bundle = load_bundle(spot_bundle)
    for output, expected in bundle.run(spots[0]).items():
        network = OnnxNetwork(spot_bundle / "model.onnx", output)
        with torch.no_grad():
            found = network(torch.from_numpy(spots[0])).numpy()
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_operator_that_is_not_known_is_named():
    pytest.importorskip("onnx")
    with pytest.raises(InputError, match="operator 'Strange'"):
        OnnxNetwork(_with_strange_logits(), "logits")
    with pytest.raises(InputError, match="has no output 'maps'"):
        OnnxNetwork(brightness_model(), "maps")
    with pytest.raises(InputError, match="could not be read"):
        OnnxNetwork(b"no model")


def _with_strange_logits():
    import onnx

    model = onnx.load_from_string(brightness_model())
    model.graph.node[-1].op_type = "Strange"
    return model.SerializeToString()


def test_gradients_leave_the_network_as_it_was(pictures):
    model = Normalising()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for method in METHODS:
        attribute(model, pictures, method)
    check_by_randomisation(model, pictures)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


def test_what_cannot_be_explained_is_refused(pictures):
    model = Normalising()
    with pytest.raises(InputError, match="no method 'shap'; there are gradient-input"):
        attribute(model, pictures, "shap")
    with pytest.raises(InputError, match=r"from 0 to 2, got \[7, 7, 7\]"):
        attribute(model, pictures, targets=7)
    with pytest.raises(InputError, match=r"\(n, channels, rows, cols\)"):
        attribute(model, pictures[0, 0])
    with pytest.raises(InputError, match="no layer 'nowhere'; there are conv"):
        attribute(model, pictures, "grad-cam", settings=ExplanationSettings(layer="nowhere"))
    with pytest.raises(InputError, match="object has no torch network"):
        attribute(object(), pictures)
    with pytest.raises(InputError, match="no layer of the network has rows and columns"):
        attribute(Linear(), np.zeros((1, 1, 6, 6)), "grad-cam")


def test_an_input_that_a_class_likes_is_liked_more_than_noise():
    settings = ExplanationSettings(maximise_steps=60, jitter=1)
    model = Normalising()
    image, course = maximise(model, (1, 12, 12), 2, settings=settings)
    assert image.shape == (1, 12, 12)
    assert 0 <= image.min() < image.max() <= 1
    assert course[-5:].mean() > course[:5].mean() + 0.05
    again, _ = maximise(model, (1, 12, 12), 2, settings=settings)
    np.testing.assert_array_equal(image, again)


def test_a_channel_of_a_layer_can_be_maximised_too():
    settings = ExplanationSettings(maximise_steps=30)
    _, course = maximise(Normalising(), (1, 12, 12), 3, layer="deep", settings=settings)
    assert course[-1] > course[0]


def test_more_smoothness_gives_a_smoother_input():
    rough, smooth = (
        maximise(Normalising(), (1, 16, 16), 0, settings=ExplanationSettings(
            maximise_steps=60, smoothness=weight))[0]
        for weight in (0.0, 0.1)
    )  # fmt: skip
    assert np.abs(np.diff(smooth)).mean() < np.abs(np.diff(rough)).mean()


def test_a_class_or_layer_that_is_not_there_cannot_be_maximised():
    with pytest.raises(InputError, match="from 0 to 2, got 3"):
        maximise(Normalising(), (1, 8, 8), 3)
    with pytest.raises(InputError, match="no layer 'x'"):
        maximise(Normalising(), (1, 8, 8), 0, layer="x")
    with pytest.raises(InputError, match=r"gives shape \(1, 3\)"):
        maximise(Normalising(), (1, 8, 8), 0, layer="head")


def test_a_map_of_edges_does_not_pass_and_one_of_weights_does(pictures, monkeypatch):
    from micrographia.explanation import randomisation

    def edges(model, images, method, targets=None, settings=None):
        maps = np.stack([edge_map(image) for image in np.asarray(images)])
        return randomisation_type(maps, method, np.zeros(len(maps), int))

    from micrographia.explanation.attribution import Attribution as randomisation_type

    honest = check_by_randomisation(Normalising(), pictures, "gradient-input", targets=0)
    assert honest.table["rank_correlation"].iloc[0] == pytest.approx(1)
    assert honest.table["layers"].tolist() == [0, 1, 2, 3]
    assert honest.depends_on_learning
    assert "shows what was learned" in honest.sentence()
    monkeypatch.setattr(randomisation, "attribute", edges)
    fooled = check_by_randomisation(Normalising(), pictures)
    assert not fooled.depends_on_learning
    assert "shows the image, not what was learned" in fooled.sentence()


def test_the_layers_of_a_bundle_can_be_made_random_too(spot_bundle, spots):
    found = check_by_randomisation(load_bundle(spot_bundle), spots[0], "integrated-gradients")
    assert found.table["layer"].tolist() == ["", "head", "first"]
    assert found.maps.shape == (3, 4, 16, 16)
    assert found.table["rank_correlation"].iloc[-1] < 1


def test_rank_correlation_is_that_of_scipy():
    from scipy.stats import spearmanr

    first, second = np.random.default_rng(0).normal(size=(2, 5, 5))
    second[0] = first[0]
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert rank_correlation(first, second) == pytest.approx(expected)
    assert rank_correlation(first, np.zeros((5, 5))) == 0
    assert ssim(first, first) == pytest.approx(1)
