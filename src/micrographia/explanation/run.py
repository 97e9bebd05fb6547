"""One image explained: maps of every method and class, as pictures and as numbers."""

from __future__ import annotations

import dataclasses
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.errors import InputError, MissingDependencyError
from micrographia.explanation.maps import activation_maps, has_maps, occlusion_map
from micrographia.explanation.pictures import draw_check, draw_liked, draw_maps, save_figure
from micrographia.explanation.settings import ExplanationSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle
    from micrographia.classification.scores import Verdict
    from micrographia.micrograph import Micrograph

__all__ = ["ALL_METHODS", "Explanation", "explain_image", "save_liked"]

ALL_METHODS: dict[str, str] = {
    "class-activation": "where a late layer sees a class; from the bundle alone",
    "occlusion": "what the answer loses when a square is hidden; from the bundle alone",
    "gradient-input": "gradient times input; needs PyTorch",
    "integrated-gradients": "gradients from a blank image on; needs PyTorch",
    "grad-cam": "weighted maps of a late layer; needs PyTorch",
}
"""Every method that explains a bundle and what it is."""

_LIGHT = ("class-activation", "occlusion")
_SIGNED = ("occlusion", "gradient-input", "integrated-gradients", "class-activation")


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for which class in one image.

    Parameters
    ----------
    name : str
        Of the image.
    model : str
    classes : tuple of str
        Those explained.
    probabilities : dict of str to float
        Of all classes.
    label : str
        What the model answers, as `micrographia.classification.classify_images` does.
    verdict : {"known", "unknown", "unlike"}
        Whether to believe it.
    ood_score : float or None
        The larger, the stranger.
    image : ndarray of shape (channels, rows, cols)
        As the model saw it.
    maps : dict of str to ndarray of shape (classes, rows, cols)
        Method to the maps of `classes`.
    checks : dict
        Method to its `RandomisationCheck`, where asked for.
    liked : dict of str to ndarray
        Class to the input that it likes best, where asked for.
    """

    name: str
    model: str
    classes: tuple[str, ...]
    probabilities: dict[str, float]
    label: str
    verdict: Verdict
    ood_score: float | None
    image: NDArray[np.float32]
    maps: dict[str, NDArray[np.float64]]
    checks: dict[str, Any] = dataclasses.field(default_factory=dict)
    liked: dict[str, NDArray[np.float32]] = dataclasses.field(default_factory=dict)

    @property
    def answer(self) -> str:
        """The label, and the verdict where it is not to be believed."""
        return self.label if self.verdict == "known" else f"{self.label}, {self.verdict}"

    def save(self, folder: str | Path) -> Path:
        """Write ``explanation.png``, ``maps.npz``, ``explanation.json``, and what was asked.

        Parameters
        ----------
        folder : path

        Returns
        -------
        folder : Path
        """
        folder = ensure_folder(Path(folder))
        columns = [f"{name}: {self.probabilities[name]:.2f}" for name in self.classes]
        figure = draw_maps(
            self.image.mean(axis=0), self.maps, columns, signed=_SIGNED,
            title=f"{self.name}, {self.model}: {self.answer}",
        )  # fmt: skip
        save_figure(figure, folder / "explanation.png")
        arrays: dict[str, Any] = {"image": self.image, **self.maps}
        arrays |= {f"liked {name}": image for name, image in self.liked.items()}
        with whole_file(folder / "maps.npz") as path, path.open("wb") as file:
            np.savez_compressed(file, **arrays)
        facts: dict[str, Any] = {
            "image": self.name,
            "model": self.model,
            "classes": list(self.classes),
            "probabilities": self.probabilities,
            "label": self.label,
            "verdict": self.verdict,
            "ood_score": self.ood_score,
            "methods": list(self.maps),
        }
        if self.checks:
            save_figure(
                draw_check({name: check.table for name, check in self.checks.items()}),
                folder / "randomised.png",
            )
            facts["randomised"] = {name: x.sentence() for name, x in self.checks.items()}
            for name, check in self.checks.items():
                with whole_file(folder / f"randomised-{name}.csv") as path:
                    check.table.to_csv(path, index=False)
        if self.liked:
            figure = draw_liked(list(self.liked.values()), list(self.liked), self.model)
            save_figure(figure, folder / "liked.png")
        write_text(folder / "explanation.json", json.dumps(facts, indent=2, ensure_ascii=False))
        return folder


def save_liked(
    inputs: dict[str, NDArray[np.float32]], folder: str | Path, name: str, title: str = ""
) -> Path:
    """Write inputs that a network likes best as a picture and as numbers.

    Parameters
    ----------
    inputs : dict of str to ndarray of shape (channels, rows, cols)
        What likes it to the input, as `like_channels` gives them.
    folder : path
    name : str
        Of the files, without suffix: a PNG, and an ``.npz`` with an array for each input.
    title : str

    Returns
    -------
    picture : Path
    """
    folder = ensure_folder(Path(folder))
    figure = draw_liked(list(inputs.values()), list(inputs), title)
    arrays: dict[str, Any] = dict(inputs)
    with whole_file(folder / f"{name}.npz") as path, path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return save_figure(figure, folder / f"{name}.png")


def explain_image(
    bundle: Bundle,
    micrograph: Micrograph,
    *,
    methods: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    check: bool = False,
    liked: bool = False,
    settings: ExplanationSettings | None = None,
    colours: NDArray[Any] | None = None,
    found_before: dict[tuple[Any, ...], NDArray[np.float32]] | None = None,
) -> Explanation:
    """Explain what a bundle answers for an image.

    Parameters
    ----------
    bundle : Bundle
        A classifier of images, or of particles: then the image is the picture of one.
    micrograph : Micrograph
        Data bars are taken for part of the image; `micrographia.classification.read_image` reads
        it without.
    methods : sequence of str, optional
        Of `ALL_METHODS`; where not given, all that this bundle and this installation allow, with
        occlusion only where nothing else is left.
    classes : sequence of str, optional
        To explain; the three most probable where not given.
    check : bool
        Whether to repeat the gradient methods with random weights (`check_by_randomisation`).
    liked : bool
        Whether to find the input that each class likes best.
    settings : ExplanationSettings, optional
    colours : ndarray of shape (rows, cols, 3), optional
        Red, green and blue of the micrograph, for models that look at colours; without them grey
        is taken for all three.
    found_before : dict, optional
        Inputs that classes like, as found for earlier images by the same bundle and settings: they
        depend on no image. Those that are found are put there.

    Returns
    -------
    explanation : Explanation

    Raises
    ------
    InputError
        If the bundle is no classifier of images, or there is no such class or method.
    MissingDependencyError
        If a method needs PyTorch and it is not installed.
    """
    from micrographia.classification import seen_by
    from micrographia.classification._answers import name_answer, read_answers

    settings = settings or ExplanationSettings()
    card = bundle.card
    if not card.is_classifier or card.input.kind != "image":
        raise InputError(f"{card.name}: wanted a model that classifies images, not {card.task}")
    image = seen_by(card, micrograph, colours)
    outputs = bundle.run(image[None])
    answers = read_answers(bundle, outputs)
    named = name_answer(card, answers, 0)
    chances = answers.probabilities[0]
    numbers = _chosen_classes(chances, card.classes, classes)
    chosen = _chosen_methods(methods, has_maps(outputs), check or liked)
    maps = {method: _maps(bundle, image, method, numbers, settings) for method in chosen}
    checks, inputs = {}, {}
    if check:
        from micrographia.explanation.randomisation import check_by_randomisation

        for method in chosen:
            if method not in _LIGHT:
                checks[method] = check_by_randomisation(
                    bundle, image[None], method, targets=numbers[0], settings=settings
                )
    if liked:
        known = {} if found_before is None else found_before
        for number in numbers:
            inputs[card.classes[number]] = _liked(bundle, image.shape, number, settings, known)
    return Explanation(
        name=micrograph.name,
        model=card.name,
        classes=tuple(card.classes[number] for number in numbers),
        probabilities=dict(zip(card.classes, map(float, chances), strict=True)),
        label=named.label,
        verdict=named.verdict,
        ood_score=named.ood_score,
        image=image,
        maps=maps,
        checks=checks,
        liked=inputs,
    )


def _liked(
    bundle: Bundle,
    shape: tuple[int, ...],
    number: int,
    settings: ExplanationSettings,
    known: dict[tuple[Any, ...], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """What a class likes best: once found, taken from what is known."""
    from micrographia.explanation._maximise import maximise

    key = (number, *shape)
    if key not in known:
        channels, rows, cols = shape
        known[key], _ = maximise(bundle, (channels, rows, cols), number, settings=settings)
    return known[key]


def _chosen_classes(
    chances: NDArray[np.float64], known: Sequence[str], asked: Sequence[str] | None
) -> list[int]:
    if not asked:
        return [int(number) for number in np.argsort(-chances, kind="stable")[:3]]
    missing = [name for name in asked if name not in known]
    if missing:
        raise InputError(
            f"the model knows no class {', '.join(map(repr, missing))}; it knows {', '.join(known)}"
        )
    return [list(known).index(name) for name in asked]


def _chosen_methods(asked: Sequence[str] | None, maps: bool, needs_torch: bool) -> list[str]:
    torch = find_spec("torch") is not None and find_spec("captum") is not None
    if asked:
        unknown = [name for name in asked if name not in ALL_METHODS]
        if unknown:
            raise InputError(
                f"there is no method {', '.join(map(repr, unknown))}; there are "
                f"{', '.join(ALL_METHODS)}"
            )
    if (needs_torch or any(name not in _LIGHT for name in asked or ())) and not torch:
        raise MissingDependencyError(
            "gradients, random weights and liked inputs need PyTorch and captum: "
            "pip install 'micrographia[train]'; without them take class-activation or occlusion"
        )
    if asked:
        return list(dict.fromkeys(asked))
    found = ["class-activation"] if maps else []
    if torch:
        found += ["gradient-input", "integrated-gradients", "grad-cam"]
    return found or ["occlusion"]


def _maps(
    bundle: Bundle,
    image: NDArray[np.float32],
    method: str,
    numbers: Sequence[int],
    settings: ExplanationSettings,
) -> NDArray[np.float64]:
    """Maps of the chosen classes by one method."""
    if method == "class-activation":
        maps = activation_maps(bundle, image[None])[0].astype(np.float64)
        if not bundle.card.multi_label:  # what all classes have in common decides nothing
            maps = maps - maps.mean(axis=0)
        return np.asarray(maps[list(numbers)])
    if method == "occlusion":
        found = occlusion_map(
            lambda batch: bundle.run(batch)["logits"], image, window=settings.window,
            stride=settings.stride,
        )  # fmt: skip
        return found[list(numbers)]
    from micrographia.explanation.attribution import attribute

    batch = np.repeat(image[None], len(numbers), axis=0)
    return attribute(bundle, batch, method, targets=list(numbers), settings=settings).maps
